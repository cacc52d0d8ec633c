//! Kernels, buffers and record layout of a rollout, as pure data.

use std::fmt::Write;

use super::{Plan, PlanError, variant::Variant};
use crate::{
    config::{Config, Slab},
    kernel::{
        buffers::BufferId,
        device::DeviceTraits,
        entry::{Kernel, PassId},
        records::{EpisodeRecord, RunParams},
        wgsl::{ComposeError, Constants, compose, shader},
    },
    tasks::{Motion, Sharing, Starts, Task, TaskKernels, TaskLaunch},
};

/// A part of a step's record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordPart {
    /// Index of its first word.
    pub at: usize,
    /// Words per row.
    pub width: usize,
}

/// Layout of the record that `rollout.motion` writes per step, part by part, each `[rows][width]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// `qpos`, `[rows][nq]`.
    pub qpos: RecordPart,
    /// `qvel`, `[rows][nv]`.
    pub qvel: RecordPart,
    /// Activations, `[rows][na]`.
    pub act: RecordPart,
    /// Observation, `[rows][d_obs]`.
    pub obs: RecordPart,
    /// Controls, `[rows][nu]`.
    pub control: RecordPart,
    /// Reward, `[rows]`.
    pub reward: RecordPart,
    /// Status bits, `[rows]`.
    pub status: RecordPart,
    /// Contacts without a free slot, `[rows]`.
    pub overflow: RecordPart,
    /// Total number of words.
    pub words: usize,
}

impl Record {
    fn new(rows: usize, motion: &Motion, d_obs: usize) -> Self {
        let mut at = 0;
        let mut part = |width: usize| {
            let part = RecordPart { at, width };
            at += rows * width;
            part
        };
        let mut record = Self {
            qpos: part(motion.qpos.len()),
            qvel: part(motion.qvel.len()),
            act: part(motion.act.len()),
            obs: part(d_obs),
            control: part(motion.controls.len()),
            reward: part(1),
            status: part(1),
            overflow: part(1),
            words: 0,
        };
        record.words = at;
        record
    }
}

/// Requirements for a rollout.
pub struct Wanted<'a> {
    /// Task that provides the kernels.
    pub task: &'a dyn Task,
    /// True for a task with observations and rewards, false for a bare robot.
    pub has_task: bool,
    /// Number of rows.
    pub rows: usize,
    /// Start states of the rows.
    pub starts: Starts,
    /// True if a row restarts when its episode has ended.
    pub reset: bool,
    /// True if the controls are recorded.
    pub writes_actions: bool,
    /// Configuration of the network that controls the rows, if there is one.
    pub policy: Option<&'a Config>,
}

/// The plan of a rollout.
pub struct RolloutPlan {
    /// Number of rows.
    pub rows: usize,
    /// Fields of the state that a step records.
    pub motion: Motion,
    /// Number of fields in `task_state`.
    pub fields: usize,
    /// Layout of a step's record.
    pub record: Record,
    /// True for a task with observations and rewards, false for a bare robot.
    pub has_task: bool,
    /// True if the controls are recorded.
    pub writes_actions: bool,
    /// Kernels of the bodies.
    pub task: TaskKernels,
    /// Kernel `rollout.motion`.
    pub take: Kernel,
    /// Plan of the network and kernel `rollout.controls`, if a network controls the rows.
    pub policy: Option<(Plan, Kernel)>,
    /// Buffers and their sizes, in bytes.
    pub buffers: Vec<(BufferId, u64)>,
}

impl RolloutPlan {
    /// Plans the rollout `wanted` for a device.
    ///
    /// Errors: more rows than the device can bind, with the largest possible number; a network that does not fit the
    /// task.
    pub fn new(wanted: &Wanted, device: DeviceTraits) -> Result<Self, PlanError> {
        let Wanted { task, rows, starts, .. } = *wanted;
        let network = wanted.policy.map(|config| policy_plan(config, rows, device)).transpose()?;
        let shape = TaskLaunch {
            n_slots: rows,
            workgroup: Variant::usual(device).task_workgroup,
            sharing: if device.software { Sharing::Never } else { Sharing::LargeRobots },
        };
        let motion = task.motion();
        let record = Record::new(rows, &motion, task.d_obs());
        let control = network.is_some().then(|| task.control_kernel(rows)).transpose()?;
        let take = take_kernel(rows, (&motion, task.state_fields()), &record, wanted.reset, starts)?;
        let mut plan = Self {
            rows,
            fields: task.state_fields(),
            record,
            has_task: wanted.has_task,
            writes_actions: wanted.writes_actions,
            motion,
            task: task.rollout_kernels(&shape, starts)?,
            take,
            policy: network.zip(control),
            buffers: vec![],
        };
        plan.buffers = plan.list_buffers(task);
        plan.refuse_what_does_not_fit(device)?;
        Ok(plan)
    }

    /// Returns all kernels.
    pub fn kernels(&self) -> Vec<Kernel> {
        let mut kernels = vec![self.task.reset.clone(), self.task.step.clone(), self.take.clone()];
        if let Some((plan, control)) = &self.policy {
            let wanted = [PassId::Sample, PassId::NetworkReset, PassId::NetworkStep];
            kernels.extend(plan.kernels().into_iter().filter(|kernel| wanted.contains(&kernel.id)));
            kernels.push(control.clone());
        }
        kernels
    }

    fn list_buffers(&self, task: &dyn Task) -> Vec<(BufferId, u64)> {
        let words = |words: usize| 4 * (words * self.rows) as u64;
        let mut buffers = vec![
            (BufferId::Run, size_of::<RunParams>() as u64),
            (BufferId::Live, 4 + words(1)),
            (BufferId::Fresh, 4 + words(1)),
            (BufferId::Obs, words(task.d_obs())),
            (BufferId::TaskState, words(self.fields)),
            (BufferId::Episode, (size_of::<EpisodeRecord>() * self.rows) as u64),
            (BufferId::Terms, words(task.terms().len())),
            (BufferId::Control, words(self.motion.controls.len())),
            (BufferId::Start, words(self.fields)),
            (BufferId::Motion, 4 * self.record.words as u64),
        ];
        if let Some((plan, _)) = &self.policy {
            let wanted = [
                BufferId::Theta,
                BufferId::Distribution,
                BufferId::Action,
                BufferId::Normaliser,
                BufferId::Moments,
                BufferId::NetworkState,
            ];
            let own = plan.buffers.iter().filter(|buffer| wanted.contains(&buffer.id));
            buffers.extend(own.map(|buffer| (buffer.id, buffer.bytes)));
        }
        buffers
    }

    fn refuse_what_does_not_fit(&self, device: DeviceTraits) -> Result<(), PlanError> {
        let limit = device.max_binding_bytes;
        match self.buffers.iter().find(|(_, bytes)| *bytes > limit) {
            None => Ok(()),
            Some((name, bytes)) => {
                let fits = (u128::from(limit) * self.rows as u128 / u128::from(*bytes)) as u64;
                Err(PlanError::TooManyRows { rows: self.rows, name: name.name().into(), bytes: *bytes, limit, fits })
            }
        }
    }
}

/// Returns the plan of a network evaluated in `rows` slots.
fn policy_plan(config: &Config, rows: usize, device: DeviceTraits) -> Result<Plan, PlanError> {
    let mut config = config.clone();
    let slots = u32::try_from(rows).unwrap_or(u32::MAX);
    config.evaluation.episodes = slots;
    config.device.slab = Slab::Members(slots);
    config.algorithm.set_population(2);
    config.algorithm.live_once(); // every row has its own parameters
    Plan::new(&config, device).map_err(|error| match error {
        PlanError::TooLarge { name, bytes, limit, fits, .. } => {
            PlanError::TooManyRows { rows, name, bytes, limit, fits }
        }
        error => error,
    })
}

fn take_kernel(
    rows: usize,
    (motion, fields): (&Motion, usize),
    record: &Record,
    reset: bool,
    starts: Starts,
) -> Result<Kernel, ComposeError> {
    let given = starts == Starts::Given;
    let constants = Constants::default()
        .uint("N_SLOTS", rows)
        .uint("NQ", record.qpos.width)
        .uint("NV", record.qvel.width)
        .uint("NA", record.act.width)
        .uint("NU", record.control.width)
        .uint("D_OBS", record.obs.width)
        .uint("AT_QPOS", record.qpos.at)
        .uint("AT_QVEL", record.qvel.at)
        .uint("AT_ACT", record.act.at)
        .uint("AT_OBS", record.obs.at)
        .uint("AT_CONTROL", record.control.at)
        .uint("AT_REWARD", record.reward.at)
        .uint("AT_STATUS", record.status.at)
        .uint("AT_OVERFLOW", record.overflow.at)
        .uint("START_FIELDS", fields)
        // Random starts must differ from those of all other rows; given starts stay with their row.
        .uint("LIFE_STEP", if given { 0 } else { rows });
    let mut text = format!("const RESETS = {reset};\nconst GIVEN_STARTS = {given};\n");
    for (name, fields) in [("QPOS_FIELD", &motion.qpos), ("QVEL_FIELD", &motion.qvel), ("ACT_FIELD", &motion.act)] {
        // WGSL arrays have at least one element.
        let one = fields.is_empty().then_some(&0);
        let list: Vec<String> = fields.iter().chain(one).map(|field| format!("{field}u")).collect();
        let _ = writeln!(text, "const {name} = array<u32, {}>({});", list.len(), list.join(", "));
    }
    text.push_str(shader("rollout/motion").unwrap_or_default());
    Ok(Kernel::new(PassId::Motion, &compose("rollout/motion", &text, &constants)?, "motion"))
}
