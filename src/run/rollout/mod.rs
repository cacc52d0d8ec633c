//! Rollouts to a file: given or drawn start states, stepped by given, random or learnt controls, every step written
//! down.
//!
//! One environment a row; the kernels are the task's own, with starts and controls from outside
//! ([`crate::tasks::Task::rollout_kernels`]), and `shaders/rollout/motion.wgsl` takes down each step.

mod drive;
mod engine;
mod export;
mod states;

use std::path::Path;

pub use drive::{ActionFile, Drive, Policy, Random, Steps};
pub use engine::spikes::{SpikeTrain, spikes};
pub use states::{States, StatesFile};

use self::{engine::Engine, export::Export};
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

/// What is rolled out.
pub enum Body {
    /// A task: steps of `frame_skip` time steps, observation, reward and end.
    Task(Box<dyn Task>),
    /// A robot alone, in its own time steps.
    Bare(Box<dyn Task>),
}

impl Body {
    /// Returns what gives the kernels.
    pub fn task(&self) -> &dyn Task {
        match self {
            Self::Task(task) | Self::Bare(task) => task.as_ref(),
        }
    }
}

/// Where the rows begin.
pub enum Begin {
    /// At given states.
    At(States),
    /// At the states of a file.
    File(StatesFile),
    /// At the task's own starts, this many of this seed; those that `gpu-ec eval` draws.
    Drawn {
        /// How many.
        rows: usize,
        /// Seed.
        seed: u64,
    },
}

impl Begin {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::At(states) => states.rows,
            Self::File(file) => file.rows,
            Self::Drawn { rows, .. } => *rows,
        }
    }

    /// Returns whether the rows begin at states from outside.
    pub fn is_given(&self) -> bool {
        !matches!(self, Self::Drawn { .. })
    }
}

/// A rollout to be done.
pub struct Request {
    /// What moves.
    pub body: Body,
    /// From where.
    pub begin: Begin,
    /// Driven by what.
    pub drive: Drive,
    /// Steps of every row.
    pub steps: usize,
    /// A row whose episode ended begins anew: at its own state of the file, or at a start that no other row had.
    pub reset: bool,
    /// Aimed length of one submission, ms.
    pub submission_ms: u32,
}

impl Request {
    /// Plans the rollout for a device.
    ///
    /// Errors: as [`RolloutPlan::new`].
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

    /// Makes the same, with what its files hold in memory: to be called once the plan has taken their shapes.
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

/// Rolls out and writes `out`; `None` if `keep_going` said no, and then nothing is written.
///
/// `progress` hears how many steps are done.
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
    let mut engine = Engine::new(gpu, plan, request)?;
    let start = engine.open()?;
    export.start(&engine.plan, &start)?;
    if !engine.run(&mut export, keep_going, progress)? {
        return Ok(None);
    }
    let report = export.finish()?;
    let overflow_warning = crowd.warning(report.contact_overflow);
    Ok(Some(RolloutReport { overflow_warning, ..report }))
}

/// The robot and its places for contacts.
struct Crowd {
    robot: String,
    places: Option<Places>,
    /// Where `task.max_contacts` can be written, if that is not the file at hand.
    elsewhere: Option<String>,
}

impl Crowd {
    fn of(body: &Body, shared: bool) -> Self {
        let robot = body.task().id().to_string();
        let elsewhere = matches!(body, Body::Bare(_))
            .then(|| format!(" (in a configuration with `task: Locomotion(robot: {robot:?})`)"));
        Self { places: body.task().contact_places(shared), robot, elsewhere }
    }

    /// Returns what `count` contacts without a place mean; empty if there were none.
    fn warning(&self, count: u64) -> String {
        if count == 0 {
            return String::new();
        }
        left_out(count, &self.robot, self.places.as_ref()) + self.elsewhere.as_deref().unwrap_or_default()
    }
}
