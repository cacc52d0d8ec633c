//! Generates a robot's physics step as WGSL: straight-line code with the robot's constants as literals.
//!
//! [`physics_text`] returns one part of a module: private variables for state, controls and observed quantities, and
//! the function `physics_step(steps, stages)`. Task entry points and the tests' probes call that same function.
//! Everything follows MuJoCo's model (3.17) for the subset that the robots need. Anything outside the subset is
//! refused.

pub(super) mod algebra;
pub mod capacity;
pub(super) mod contact;
mod cost;
mod dynamics;
mod floor;
pub mod fluid;
pub mod fold;
mod grip;
pub(super) mod harness;
mod header;
pub(super) mod integrate;
mod kinematics;
mod limits;
mod matrix;
pub(super) mod multipliers;
pub mod muscle;
mod observe;
mod pair_rows;
mod pair_text;
pub(super) mod pairs;
mod path;
pub(super) mod plane;
pub mod precision;
pub mod probe;
mod render;
mod robot;
mod slopes;
pub(super) mod softness;
pub(super) mod solver;
mod step;
pub(super) mod stiffness;
mod tangent;
pub mod trace;
pub(super) mod tree;

pub use capacity::Capacity;
pub use contact::{Pair, PairError, pairs};
pub use cost::assumptions;
pub use dynamics::motors as motor_forces;
pub use header::state_names;
pub(super) use limits::is_chain;
pub use muscle::MuscleLengths;
pub use observe::{Observe, Place};
pub(super) use path::moved;
pub use robot::Options;
pub use slopes::slopes_text;
pub use step::{operations, physics_text};

/// Integration scheme from accelerations to the next state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrator {
    /// Semi-implicit Euler with implicit damping: one evaluation per step.
    Euler,
    /// Fourth-order Runge-Kutta: four evaluations per step.
    Rk4,
}

impl Integrator {
    /// Returns the integrator that the robot's file asks for.
    pub fn of(model: &super::model::Model) -> Self {
        if model.opt.integrator == 1.0 { Self::Rk4 } else { Self::Euler }
    }

    /// Returns whether the solver ends a step with an iteration for the implicit damping.
    pub fn is_implicit(self, model: &super::model::Model) -> bool {
        self == Self::Euler && model.dof_damping.iter().any(|damping| *damping > 0.0)
    }

    /// Returns the number of forward evaluations per step.
    pub fn stages(self) -> u32 {
        match self {
            Self::Euler => 1,
            Self::Rk4 => 4,
        }
    }
}

/// Returns the text, or an error if a constant in it is beyond the range of `f32`.
pub(super) fn finite(text: String) -> Result<String, StepperError> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.split(|c| !is_word(c)).any(|word| word == "inf" || word == "NaN") {
        return Err(StepperError::Unsupported("constants beyond the range of f32: are all sizes in SI units?".into()));
    }
    Ok(text)
}

/// Returns whether any two geoms of the robot could touch.
pub fn can_touch(model: &super::model::Model) -> bool {
    contact::pairs(model).map_or(true, |pairs| !pairs.is_empty())
}

/// A robot that the generator cannot turn into code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepperError {
    /// A feature outside the subset.
    #[error("the stepper does not know {0}")]
    Unsupported(String),
    /// Geoms whose contacts are outside the subset.
    #[error("the stepper does not know the contacts of {0}")]
    Pair(#[from] contact::PairError),
    /// Text that does not compose, which is a bug in this crate.
    #[error(transparent)]
    Compose(#[from] crate::kernel::wgsl::ComposeError),
}
