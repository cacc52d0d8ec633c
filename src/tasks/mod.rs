//! Tasks: what a network observes, how its action moves the world, what it is rewarded for, when an episode ends.

pub mod build;
pub mod cartpole;
mod error;
pub mod locomotion;

use std::sync::Arc;

pub use build::{arm, bare, build, robot_file};
pub use error::TaskError;

use crate::{
    kernel::{
        cost::Assumptions,
        entry::{Kernel, PassId},
        mirror::Mirror,
        wgsl::{ComposeError, Module},
    },
    physics::stepper::capacity::Places,
};

/// Sizes a task's kernels are composed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Members evaluated at once: the stride of `[field][slot]` buffers.
    pub n_slots: usize,
    /// Invocations per workgroup, where each has an environment of its own.
    pub workgroup: usize,
    /// Whether the invocations of a workgroup may share an environment.
    pub sharing: Sharing,
}

/// Whether the invocations of a workgroup share one environment, where a task can be written so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Every invocation has its own: a software renderer keeps straight-line code in registers and stack.
    Never,
    /// Where an invocation of its own would need far more registers than a GPU has.
    LargeRobots,
    /// Always: for tests.
    Always,
}

/// The two kernels of a task; both entry points live in one module.
#[derive(Debug, Clone)]
pub struct TaskKernels {
    /// `task.reset`: start states of all fresh slots.
    pub reset: Kernel,
    /// `task.step`: one environment step of every living slot.
    pub step: Kernel,
    /// Slots that a workgroup of either serves.
    pub slots_per_workgroup: usize,
    /// Invocations that share an environment.
    pub lanes: usize,
}

impl TaskKernels {
    /// Makes the kernels of a module with entry points `task_reset` and `task_step`, whose workgroups serve so many
    /// slots with so many lanes each.
    pub fn of(module: &Arc<Module>, slots_per_workgroup: usize, lanes: usize) -> Self {
        Self {
            reset: Kernel::new(PassId::TaskReset, module, "task_reset"),
            step: Kernel::new(PassId::TaskStep, module, "task_step"),
            slots_per_workgroup,
            lanes,
        }
    }
}

/// A task, ready to give its kernels.
pub trait Task {
    /// Versioned name: `hopper@1`.
    fn id(&self) -> &str;
    /// Length of an observation.
    fn d_obs(&self) -> usize;
    /// Length of an action.
    fn d_act(&self) -> usize;
    /// Steps after which an episode is truncated.
    fn episode_length(&self) -> usize;
    /// `f32` fields an environment keeps in `task_state`.
    fn state_fields(&self) -> usize;
    /// Names of the sums kept in `terms`: reward terms first, then informative values.
    fn terms(&self) -> Vec<Term>;
    /// Lets `run.reward_factors` multiply the terms of the reward, where it does not do so in any case.
    fn take_reward_factors(&mut self) {}
    /// Composes the kernels.
    fn kernels(&self, shape: &Shape) -> Result<TaskKernels, ComposeError>;
    /// Composes the kernels of a rollout: `task.step` takes the controls in the buffer `control` as they are, and
    /// `task.reset` starts as `starts` says. Nothing else in their text differs.
    fn rollout_kernels(&self, shape: &Shape, starts: Starts) -> Result<TaskKernels, ComposeError>;
    /// Composes `rollout.controls`, which turns the outputs of `n_slots` networks in `action` into `control`.
    fn control_kernel(&self, n_slots: usize) -> Result<Kernel, ComposeError>;
    /// Returns where a rollout finds the state, and what drives it.
    fn motion(&self) -> Motion;
    /// Returns how often loops run and branches are taken that the kernels' text leaves open; `shared`: of the kernels
    /// whose workgroups share an environment.
    fn assumptions(&self, _shared: bool) -> Assumptions {
        Assumptions::default().share("random_actions", 0.0)
    }
    /// Returns how many contacts are kept at once, `shared`: by kernels whose workgroups share an environment; `None`:
    /// there are none.
    fn contact_places(&self, _shared: bool) -> Option<Places> {
        None
    }
    /// Returns what makes an episode end as soon as it begins, a line each.
    fn start_faults(&self) -> Vec<String> {
        vec![]
    }
    /// Lists what of the robot 32-bit floats step less exactly than the rest, and what to do.
    fn precision_remarks(&self) -> Vec<String> {
        vec![]
    }
    /// Returns how observations and actions look in the mirror plane of the body.
    ///
    /// Errors: why it has none, as the end of a sentence.
    fn mirror(&self) -> Result<Mirror, String> {
        Err(format!("{} has no plane of symmetry", self.id()))
    }
    /// Lists what of a body that has a mirror is not its image's, so that a state and its mirror image come apart a
    /// little.
    fn mirror_differences(&self) -> Vec<String> {
        vec![]
    }
    /// Returns the definition in words.
    fn describe(&self) -> Description;
}

/// Where the start states of a rollout come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Starts {
    /// The task's own distribution.
    #[default]
    Drawn,
    /// They are in `task_state`: positions, velocities, accelerations of the last evaluation.
    Given,
}

/// What a rollout reads and writes of a task. Positions in lists are fields of `task_state`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Motion {
    /// Fields of `qpos`, in order.
    pub qpos: Vec<usize>,
    /// Fields of `qvel`, in order.
    pub qvel: Vec<usize>,
    /// Fields of the accelerations that the solver starts from, in order; none where there is no solver.
    pub qacc_warmstart: Vec<usize>,
    /// Fields of the muscles' activations, in order.
    pub act: Vec<usize>,
    /// Where quaternions begin in `qpos`.
    pub quaternions: Vec<usize>,
    /// The controls, in the actuators' units.
    pub controls: Vec<Control>,
}

/// One control of a rollout.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Name of the actuator.
    pub name: String,
    /// What it is clamped to; `None`: nothing.
    pub range: Option<[f64; 2]>,
}

/// One sum kept over an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Name in reports: `reward_forward`, `x_velocity`.
    pub name: String,
    /// Whether it is a part of the reward.
    pub is_reward: bool,
}

impl Term {
    /// Makes a part of the reward.
    pub fn reward(name: &str) -> Self {
        Self { name: name.into(), is_reward: true }
    }

    /// Makes a value that is only reported.
    pub fn info(name: &str) -> Self {
        Self { name: name.into(), is_reward: false }
    }
}

/// One row of a table of observations or actions.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is.
    pub name: String,
    /// Unit or range.
    pub unit: String,
}

/// A task's definition in words, printed by `gpu-ec inspect`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// One row an observation entry.
    pub observation: Vec<Row>,
    /// One row an action entry.
    pub action: Vec<Row>,
    /// Reward terms as formulas.
    pub reward: Vec<String>,
    /// How an episode starts.
    pub start: String,
    /// How it ends.
    pub end: String,
}

impl Row {
    /// Makes a row.
    pub fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { name: name.into(), unit: unit.into() }
    }
}
