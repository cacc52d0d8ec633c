//! What tasks without a body have in common: outputs of the network in, a few numbers per environment.

use super::{Control, Starts, TaskKernels, TaskLaunch};
use crate::kernel::{
    entry::{Kernel, PassId},
    wgsl::{ComposeError, Constants, compose, shader},
};

/// Text of a task without a body.
pub(super) struct Plain {
    /// Root shader: a path in `shaders/`.
    pub path: &'static str,
    /// Import that draws a start; a rollout from given states imports `{start}_given` in its place.
    pub start: &'static str,
    /// Number of outputs.
    pub d_act: usize,
    /// Constants of the task.
    pub constants: Constants,
}

impl Plain {
    /// Composes the kernels of training and evaluation.
    pub fn kernels(self, shape: &TaskLaunch) -> Result<TaskKernels, ComposeError> {
        let constants = self
            .constants
            .uint("D_ACT", self.d_act)
            .uint("N_SLOTS", shape.n_slots)
            .uint("TASK_WORKGROUP", shape.workgroup);
        let module = compose(self.path, shader(self.path).unwrap_or_default(), &constants)?;
        Ok(TaskKernels::of(&module, shape.workgroup, 1))
    }

    /// Composes the kernels of a rollout.
    pub fn rollout_kernels(mut self, shape: &TaskLaunch, starts: Starts) -> Result<TaskKernels, ComposeError> {
        let given = |constants: Constants, path: &str| constants.import_instead(path, &format!("{path}_given"));
        self.constants = given(self.constants, "tasks/plain/outputs");
        if starts == Starts::Given {
            self.constants = given(self.constants, self.start);
        }
        self.kernels(shape)
    }
}

/// Composes `rollout.controls` of a task whose controls are the `d_act` outputs themselves.
pub(super) fn control_kernel(n_slots: usize, d_act: usize) -> Result<Kernel, ComposeError> {
    let path = "tasks/plain/controls";
    let constants = Constants::default().uint("N_SLOTS", n_slots).uint("D_ACT", d_act);
    Ok(Kernel::new(PassId::Controls, &compose(path, shader(path).unwrap_or_default(), &constants)?, "controls"))
}

/// Returns the controls that are outputs of a network with these names.
pub(super) fn outputs(names: &[&str]) -> Vec<Control> {
    names.iter().map(|name| Control { name: (*name).into(), range: None }).collect()
}
