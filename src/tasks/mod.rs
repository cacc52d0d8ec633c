//! Tasks: observations, the effect of actions, rewards, and the end of an episode.

pub mod build;
pub mod cartpole;
mod error;
pub mod imitation;
pub mod locomotion;
pub mod maze;
mod plain;

use std::sync::Arc;

pub use build::{arm, bare, build, robot_file};
pub use error::TaskError;

use crate::{
    kernel::{
        cost::Assumptions,
        descent::Actions,
        entry::{Kernel, PassId},
        mirror::Mirror,
        wgsl::{ComposeError, Module},
    },
    physics::stepper::capacity::Places,
};

/// Sizes for which a task's kernels are composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskLaunch {
    /// Number of slots: the stride of `[field][slot]` buffers.
    pub n_slots: usize,
    /// Invocations per workgroup, if each has an environment of its own.
    pub workgroup: usize,
    /// Condition for the invocations of a workgroup to share an environment.
    pub sharing: Sharing,
}

/// Condition for the invocations of a workgroup to share one environment, if the task can be written so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Never: a software renderer keeps straight-line code in registers and on the stack.
    Never,
    /// If an invocation with its own environment would need far more registers than a GPU has.
    LargeRobots,
    /// Always, for tests.
    Always,
}

/// Both kernels of a task, whose entry points live in one module.
#[derive(Debug, Clone)]
pub struct TaskKernels {
    /// Kernel `task.reset`: start states of all fresh slots.
    pub reset: Kernel,
    /// Kernel `task.step`: one environment step of every living slot.
    pub step: Kernel,
    /// Number of slots that a workgroup of either kernel serves.
    pub slots_per_workgroup: usize,
    /// Number of invocations that share an environment.
    pub lanes: usize,
}

impl TaskKernels {
    /// Returns the kernels of a module with entry points `task_reset` and `task_step`. Their workgroups serve
    /// `slots_per_workgroup` slots with `lanes` invocations each.
    pub fn of(module: &Arc<Module>, slots_per_workgroup: usize, lanes: usize) -> Self {
        Self {
            reset: Kernel::new(PassId::TaskReset, module, "task_reset"),
            step: Kernel::new(PassId::TaskStep, module, "task_step"),
            slots_per_workgroup,
            lanes,
        }
    }
}

/// Task that can compose its kernels.
pub trait Task {
    /// Returns the versioned name, such as `hopper@1`.
    fn id(&self) -> &str;
    /// Returns the length of an observation.
    fn d_obs(&self) -> usize;
    /// Returns the length of an action.
    fn d_act(&self) -> usize;
    /// Returns the kind of the actions.
    fn actions(&self) -> Actions {
        Actions::Continuous
    }
    /// Returns the number of steps after which an episode is truncated.
    fn episode_length(&self) -> usize;
    /// Returns the number of `f32` fields that an environment keeps in `task_state`.
    fn state_fields(&self) -> usize;
    /// Returns the sums kept in `terms`: reward terms first, then informative values.
    fn terms(&self) -> Vec<Term>;
    /// Makes `run.reward_factors` multiply the reward terms, unless they do so in any case.
    fn take_reward_factors(&mut self) {}
    /// Composes the kernels.
    fn kernels(&self, shape: &TaskLaunch) -> Result<TaskKernels, ComposeError>;
    /// Composes the kernels of a rollout. `task.step` takes the controls in the buffer `control` unchanged, and
    /// `task.reset` starts as `starts` says. Nothing else in their text differs.
    fn rollout_kernels(&self, shape: &TaskLaunch, starts: Starts) -> Result<TaskKernels, ComposeError>;
    /// Composes `rollout.controls`, which turns the outputs of `n_slots` networks in `action` into `control`.
    fn control_kernel(&self, n_slots: usize) -> Result<Kernel, ComposeError>;
    /// Returns the fields of the state and the controls, for rollouts.
    fn motion(&self) -> Motion;
    /// Returns the counts of loops and the shares of branches that the kernels' text leaves open. `shared` selects the
    /// kernels whose workgroups share an environment.
    fn assumptions(&self, _shared: bool) -> Assumptions {
        Assumptions::default().share("random_actions", 0.0)
    }
    /// Returns the capacity for contacts at the same time; `None` without contacts. `shared` selects the kernels whose
    /// workgroups share an environment.
    fn contact_places(&self, _shared: bool) -> Option<Places> {
        None
    }
    /// Returns the reasons why an episode ends as soon as it begins, one line each.
    fn start_faults(&self) -> Vec<String> {
        vec![]
    }
    /// Lists parts of the robot that 32-bit floats step less exactly than the rest, with remedies.
    fn precision_remarks(&self) -> Vec<String> {
        vec![]
    }
    /// Returns the images of observations and actions in the mirror plane of the body.
    ///
    /// Errors: the reason why there is no such plane, as the end of a sentence.
    fn mirror(&self) -> Result<Mirror, String> {
        Err(format!("{} has no plane of symmetry", self.id()))
    }
    /// Lists the parts of a mirrored body that differ from their images, so that a state and its mirror image come
    /// apart a little.
    fn mirror_differences(&self) -> Vec<String> {
        vec![]
    }
    /// Returns the definition in words.
    fn describe(&self) -> Description;
}

/// Origin of the start states of a rollout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Starts {
    /// Task's own distribution.
    #[default]
    Drawn,
    /// States in `task_state`: positions, velocities, accelerations of the last evaluation.
    Given,
}

/// Parts of a task that a rollout reads and writes. Indices in lists are fields of `task_state`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Motion {
    /// Fields of `qpos`, in order.
    pub qpos: Vec<usize>,
    /// Fields of `qvel`, in order.
    pub qvel: Vec<usize>,
    /// Fields of the accelerations from which the solver starts, in order; empty without a solver.
    pub qacc_warmstart: Vec<usize>,
    /// Fields of the muscles' activations, in order.
    pub act: Vec<usize>,
    /// Indices in `qpos` at which quaternions begin.
    pub quaternions: Vec<usize>,
    /// Controls, in the actuators' units.
    pub controls: Vec<Control>,
}

/// Control of a rollout.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Name of the actuator.
    pub name: String,
    /// Range to which it is clamped, if there is one.
    pub range: Option<[f64; 2]>,
}

/// Sum kept over an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Name in reports, such as `reward_forward` or `x_velocity`.
    pub name: String,
    /// True if it is part of the reward.
    pub is_reward: bool,
}

impl Term {
    /// Returns a term that is part of the reward.
    pub fn reward(name: &str) -> Self {
        Self { name: name.into(), is_reward: true }
    }

    /// Returns a term that is only reported.
    pub fn info(name: &str) -> Self {
        Self { name: name.into(), is_reward: false }
    }
}

/// Row of a table of observations or actions.
#[derive(Debug, Clone, PartialEq)]
pub struct DescriptionRow {
    /// Name of the entry.
    pub name: String,
    /// Unit or range.
    pub unit: String,
}

/// Definition of a task in words, printed by `gpu-ec inspect`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// One row per observation entry.
    pub observation: Vec<DescriptionRow>,
    /// One row per action entry.
    pub action: Vec<DescriptionRow>,
    /// Reward terms as formulas.
    pub reward: Vec<String>,
    /// Start of an episode.
    pub start: String,
    /// End of an episode.
    pub end: String,
}

impl DescriptionRow {
    /// Returns a row.
    pub fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { name: name.into(), unit: unit.into() }
    }
}
