//! Rollouts to a file: given or drawn start states; given, random or learnt controls; a record of every step.
//!
//! There is one environment per row. The kernels are the task's own, with starts and controls from outside
//! ([`crate::tasks::Task::rollout_kernels`]); `shaders/rollout/motion.wgsl` records each step.

mod drive;
mod engine;
mod export;
pub(in crate::run) mod rows;
mod states;

use std::path::Path;

pub use drive::{ActionFile, Drive, Policy, Random, Steps};
pub use engine::{
    recording::{Recording, record},
    spikes::{SpikeTrain, spikes},
};
pub use states::{States, StatesFile};

use self::{engine::RolloutEngine, export::Export};
use super::RunError;
use crate::{
    gpu::Gpu,
    kernel::device::DeviceTraits,
    npz::NpzError,
    physics::stepper::capacity::Places,
    plan::{
        PlanError,
        rollout::{RolloutPlan, Wanted},
    },
    report::{RolloutReport, left_out},
    tasks::{Motion, Starts, Task},
};

/// Body that is rolled out.
pub enum Body {
    /// Task: steps of `frame_skip` time steps, with observation, reward and end.
    Task(Box<dyn Task>),
    /// Robot alone, in its own time steps.
    Bare(Box<dyn Task>),
}

impl Body {
    /// Returns the task that provides the kernels.
    pub fn task(&self) -> &dyn Task {
        match self {
            Self::Task(task) | Self::Bare(task) => task.as_ref(),
        }
    }
}

/// Start states of the rows.
pub enum Begin {
    /// Given states.
    At(States),
    /// States in a file.
    File(StatesFile),
    /// Starts that the task draws, the same as for `gpu-ec eval`.
    Drawn {
        /// Number of rows.
        rows: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

impl Begin {
    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::At(states) => states.rows,
            Self::File(file) => file.rows,
            Self::Drawn { rows, .. } => *rows,
        }
    }

    /// Returns true if the rows begin at states from outside.
    pub fn is_given(&self) -> bool {
        !matches!(self, Self::Drawn { .. })
    }
}

/// Rollout to be run.
pub struct Request {
    /// Body that moves.
    pub body: Body,
    /// Start states.
    pub begin: Begin,
    /// Source of the controls.
    pub drive: Drive,
    /// Number of steps of every row.
    pub steps: usize,
    /// True if a row whose episode has ended begins anew: at its own state of the file, or at a start that no other
    /// row had.
    pub reset: bool,
    /// Target duration of one submission, ms.
    pub submission_ms: u32,
}

impl Request {
    /// Plans the rollout for a device.
    ///
    /// Errors: as for [`RolloutPlan::new`].
    pub fn plan(&self, device: DeviceTraits) -> Result<RolloutPlan, PlanError> {
        let policy = match &self.drive {
            Drive::Policy(policy) => Some(&policy.config),
            _ => None,
        };
        let wanted = Wanted {
            task: self.body.task(),
            has_task: matches!(self.body, Body::Task(_)),
            rows: self.begin.rows(),
            starts: if self.begin.is_given() { Starts::Given } else { Starts::Drawn },
            reset: self.reset,
            writes_actions: self.drive.writes_actions(),
            policy,
        };
        RolloutPlan::new(&wanted, device)
    }

    /// Returns the same request with the contents of its files in memory, once the plan has taken their shapes.
    fn read(self, motion: &Motion) -> Result<Self, NpzError> {
        let rows = self.begin.rows();
        let begin = match self.begin {
            Begin::File(file) => Begin::At(file.read(motion)?),
            other => other,
        };
        let drive = self.drive.unpacked(self.steps, rows, motion.controls.len())?;
        Ok(Self { begin, drive, ..self })
    }
}

/// Rolls out and writes `out`. If `keep_going` returns false, returns `None` and writes nothing.
///
/// `progress` receives the number of finished steps.
///
/// Errors: rows or a file that are too large for the device or the disk, with the numbers; the device; the disk.
pub fn run(
    gpu: &Gpu,
    request: Request,
    out: &Path,
    keep_going: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(usize),
) -> Result<Option<RolloutReport>, RunError> {
    let plan = request.plan(gpu.adapter.traits())?;
    let crowd = Crowd::of(&request.body, plan.task.lanes > 1);
    let mut export = Export::begin(out, &plan, request.steps)?;
    let mut engine = RolloutEngine::new(gpu, plan, request)?;
    let start = engine.open()?;
    export.start(&engine.plan, &start)?;
    if !engine.run(&mut |record| export.step(record), keep_going, progress)? {
        return Ok(None);
    }
    let report = export.finish()?;
    let overflow_warning = crowd.warning(report.contact_overflow);
    Ok(Some(RolloutReport { overflow_warning, ..report }))
}

/// Robot and its places for contacts.
struct Crowd {
    robot: String,
    places: Option<Places>,
    /// Place where `task.max_contacts` can be set, if it is not the current file.
    elsewhere: Option<String>,
}

impl Crowd {
    fn of(body: &Body, shared: bool) -> Self {
        let robot = body.task().id().to_string();
        let elsewhere = matches!(body, Body::Bare(_))
            .then(|| format!(" (in a configuration with `task: Locomotion(robot: {robot:?})`)"));
        Self { places: body.task().contact_places(shared), robot, elsewhere }
    }

    /// Returns a warning about `count` contacts that had no place; empty if there were none.
    fn warning(&self, count: u64) -> String {
        if count == 0 {
            return String::new();
        }
        left_out(count, &self.robot, self.places.as_ref()) + self.elsewhere.as_deref().unwrap_or_default()
    }
}
