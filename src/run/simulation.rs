//! Robots stepped in memory.

use crate::{
    config::{Config, Integrator},
    gpu::{Gpu, Workgroups, Workspace},
    kernel::{buffers::BufferId, entry::PassId, records::status},
    physics::model::Model,
    plan::rollout::{RecordPart, RolloutPlan, Wanted},
    run::{
        RunError,
        evolution::pacing::Pacing,
        rollout::{States, rows},
    },
    tasks::{Starts, Task, locomotion::Locomotion},
};

/// Copies of one robot, one per row, that are stepped together and can be inspected between steps.
///
/// All arrays are `[rows][width]`, in SI units, with the layouts of MuJoCo's `mjData`.
pub struct Simulation<'gpu> {
    workspace: Workspace<'gpu>,
    plan: RolloutPlan,
    pacing: Pacing,
    /// Record of the last step.
    record: Vec<f32>,
}

impl<'gpu> Simulation<'gpu> {
    /// Returns `rows` copies of the robot `model` in its own pose, at rest. A step is one of its own time steps,
    /// with its own integrator.
    ///
    /// Errors: a feature that the stepper does not support; more rows than the device can bind.
    pub fn new(gpu: &'gpu Gpu, model: &Model, rows: usize) -> Result<Self, RunError> {
        let name = if model.names.body.len() > 1 { model.names.body[1].as_str() } else { "robot" };
        let task = Locomotion::bare(name, model.clone(), Integrator::Model);
        let task = task.map_err(|error| RunError::Refused(format!("{name}: {error}")))?;
        let qpos: Vec<f32> = model.qpos0.iter().map(|x| *x as f32).collect();
        Self::open(gpu, &task, false, (qpos.repeat(rows), vec![0.0; rows * model.sizes.nv]))
    }

    /// Returns copies of the body of `task`, which observes and rewards, one row per state in `qpos` and `qvel`. A
    /// step is one of the task.
    ///
    /// Errors: arrays whose lengths do not fit; more rows than the device can bind.
    pub fn of_task(gpu: &'gpu Gpu, task: &dyn Task, qpos: &[f32], qvel: &[f32]) -> Result<Self, RunError> {
        Self::open(gpu, task, true, (qpos.to_vec(), qvel.to_vec()))
    }

    fn open(
        gpu: &'gpu Gpu,
        task: &dyn Task,
        has_task: bool,
        (qpos, qvel): (Vec<f32>, Vec<f32>),
    ) -> Result<Self, RunError> {
        let rows = qpos.len() / task.motion().qpos.len().max(1);
        let starts = Starts::Given;
        let wanted = Wanted { task, has_task, rows, starts, reset: false, writes_actions: false, policy: None };
        let plan = RolloutPlan::new(&wanted, gpu.adapter.traits())?;
        let workspace = Workspace::with(gpu, &plan.kernels(), plan.buffers.iter().copied())?;
        workspace.write(BufferId::Run, &[rows::params(rows)]);
        let pacing = Pacing::new(Config::default().device.submission_ms);
        let mut simulation = Self { workspace, plan, pacing, record: vec![] };
        simulation.set_state(&qpos, &qvel)?;
        Ok(simulation)
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.plan.rows
    }

    /// Sets all rows to the positions `qpos` and the velocities `qvel`. Activations and the solver's warm start
    /// become 0, and episodes begin anew.
    ///
    /// Errors: arrays whose lengths do not fit, or that are not finite; the device.
    pub fn set_state(&mut self, qpos: &[f32], qvel: &[f32]) -> Result<(), RunError> {
        let (rows, motion) = (self.plan.rows, &self.plan.motion);
        check("qpos", qpos, rows, motion.qpos.len())?;
        check("qvel", qvel, rows, motion.qvel.len())?;
        let states = States { rows, qpos: qpos.into(), qvel: qvel.into(), act: vec![], qacc_warmstart: vec![] };
        let fields = states.fields(motion, self.plan.fields);
        self.workspace.write(BufferId::TaskState, &fields);
        self.workspace.write(BufferId::Start, &fields);
        rows::begin(&self.workspace, rows, |row| row);
        self.submit(&[PassId::TaskReset, PassId::Motion], 1)?;
        self.look()
    }

    /// Steps all rows `n` times with the controls `ctrl`, `[rows][nu]` in the actuators' units.
    ///
    /// Errors: an array whose length does not fit, or that is not finite; the device.
    pub fn step(&mut self, ctrl: &[f32], n: usize) -> Result<(), RunError> {
        check("ctrl", ctrl, self.plan.rows, self.plan.motion.controls.len())?;
        if !ctrl.is_empty() {
            self.workspace.write(BufferId::Control, ctrl);
        }
        self.pacing.restart();
        let mut left = n;
        while left > 0 {
            let steps = self.pacing.steps(1).min(left);
            self.submit(&[PassId::TaskStep, PassId::Motion], steps)?;
            left -= steps;
            if left > 0 {
                self.workspace.wait()?;
                self.pacing.completed(steps);
            }
        }
        self.look()
    }

    /// Submits `passes`, `times` times.
    fn submit(&mut self, passes: &[PassId], times: usize) -> Result<(), RunError> {
        let rows = self.plan.rows;
        let mut batch = self.workspace.batch()?;
        for _ in 0..times {
            let passes = passes.iter().map(|pass| {
                let each = if *pass == PassId::Motion { 1 } else { self.plan.task.slots_per_workgroup };
                (*pass, Workgroups::over(rows, each))
            });
            self.workspace.dispatch_all(&mut batch, passes);
        }
        self.workspace.submit(batch, &[]);
        Ok(())
    }

    /// Reads the record of the last pass.
    fn look(&mut self) -> Result<(), RunError> {
        self.record = self.workspace.read(BufferId::Motion)?;
        Ok(())
    }

    fn part(&self, part: RecordPart) -> &[f32] {
        &self.record[part.at..part.at + self.plan.rows * part.width]
    }

    /// Returns the positions, `[rows][nq]`.
    pub fn qpos(&self) -> &[f32] {
        self.part(self.plan.record.qpos)
    }

    /// Returns the velocities, `[rows][nv]`.
    pub fn qvel(&self) -> &[f32] {
        self.part(self.plan.record.qvel)
    }

    /// Returns the activations of muscles, `[rows][na]`.
    pub fn act(&self) -> &[f32] {
        self.part(self.plan.record.act)
    }

    /// Returns the observations of the task, `[rows][d_obs]`; empty for a robot without a task.
    pub fn obs(&self) -> &[f32] {
        self.part(self.plan.record.obs)
    }

    /// Returns the reward of the last step, `[rows]`; 0 for a robot without a task.
    pub fn reward(&self) -> &[f32] {
        self.part(self.plan.record.reward)
    }

    /// Returns true for each row whose last step ended its episode, because it fell or its state is not finite.
    pub fn ended(&self) -> Vec<bool> {
        self.part(self.plan.record.status).iter().map(|bits| bits.to_bits() & status::DONE != 0).collect()
    }
}

/// Refuses an array that does not have `rows` rows of `width` finite numbers.
fn check(name: &str, values: &[f32], rows: usize, width: usize) -> Result<(), RunError> {
    if values.len() != rows * width {
        let found = values.len();
        return Err(RunError::Refused(format!("{name} has {found} numbers; it must have {rows} rows of {width}")));
    }
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let (row, column) = (at / width, at % width);
            Err(RunError::Refused(format!("{name}: row {row}, column {column} is {}; it must be finite", values[at])))
        }
    }
}
