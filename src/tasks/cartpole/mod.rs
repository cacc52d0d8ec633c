//! CartPole-v1: balance a pole on a cart by pushing the cart left or right.
//!
//! Equations of Barto, Sutton and Anderson (1983) with the constants of Gymnasium's CartPole-v1.

use super::{Control, Description, DescriptionRow, Motion, Starts, Task, TaskKernels, TaskLaunch, Term};
use crate::kernel::{
    descent::Actions,
    entry::{Kernel, PassId},
    wgsl::{ComposeError, Constants, compose, shader},
};

/// CartPole-v1.
#[derive(Debug, Clone, PartialEq)]
pub struct CartPole {
    /// Steps after which an episode is truncated.
    pub episode_length: usize,
}

impl CartPole {
    fn compose(shape: &TaskLaunch, constants: Constants) -> Result<TaskKernels, ComposeError> {
        let constants = constants.uint("N_SLOTS", shape.n_slots).uint("TASK_WORKGROUP", shape.workgroup);
        let text = shader("tasks/cartpole/task").unwrap_or_default();
        Ok(TaskKernels::of(&compose("tasks/cartpole/task", text, &constants)?, shape.workgroup, 1))
    }
}

impl Task for CartPole {
    fn id(&self) -> &str {
        "cartpole@1"
    }

    fn d_obs(&self) -> usize {
        4
    }

    fn d_act(&self) -> usize {
        2
    }

    fn actions(&self) -> Actions {
        Actions::Discrete
    }

    fn episode_length(&self) -> usize {
        self.episode_length
    }

    fn state_fields(&self) -> usize {
        4
    }

    fn terms(&self) -> Vec<Term> {
        vec![Term::reward("reward_alive")]
    }

    fn kernels(&self, shape: &TaskLaunch) -> Result<TaskKernels, ComposeError> {
        Self::compose(shape, Constants::default())
    }

    fn rollout_kernels(&self, shape: &TaskLaunch, starts: Starts) -> Result<TaskKernels, ComposeError> {
        let given = |constants: Constants, name: &str| {
            constants.import_instead(&format!("tasks/cartpole/{name}"), &format!("tasks/cartpole/{name}_given"))
        };
        let constants = given(Constants::default(), "push");
        Self::compose(shape, if starts == Starts::Given { given(constants, "start") } else { constants })
    }

    fn control_kernel(&self, n_slots: usize) -> Result<Kernel, ComposeError> {
        let path = "tasks/cartpole/controls";
        let constants = Constants::default().uint("N_SLOTS", n_slots);
        Ok(Kernel::new(PassId::Controls, &compose(path, shader(path).unwrap_or_default(), &constants)?, "controls"))
    }

    fn motion(&self) -> Motion {
        let push = Control { name: "push: above one half right, else left".into(), range: Some([0.0, 1.0]) };
        Motion { qpos: vec![0, 2], qvel: vec![1, 3], controls: vec![push], ..Motion::default() }
    }

    fn describe(&self) -> Description {
        Description {
            observation: vec![
                DescriptionRow::new("cart position", "m"),
                DescriptionRow::new("cart velocity", "m/s"),
                DescriptionRow::new("pole angle", "rad"),
                DescriptionRow::new("pole angular velocity", "rad/s"),
            ],
            action: vec![
                DescriptionRow::new("push left with 10 N", "larger output wins, ties go left"),
                DescriptionRow::new("push right with 10 N", ""),
            ],
            reward: vec!["1 every step, the last included".into()],
            start: "all four values uniform in +-0.05".into(),
            end: format!(
                "|cart position| > 2.4 m or |pole angle| > 12 degrees terminates; {} steps truncate",
                self.episode_length
            ),
        }
    }
}
