//! A robot's physics step for real GPUs: the lanes of a workgroup share one environment.
//!
//! Straight-line code (see [`super::stepper`]) needs thousands of registers per lane for a large robot. Here the
//! robot is a set of tables, and everything in between lies in workgroup memory. Hand-written WGSL
//! (`shaders/physics/cooperative`) goes over bodies, dofs and contacts, one per lane. The mathematics, the options
//! and the refusals are the stepper's; only the rounding differs.

mod cost;
mod parameters;
mod probe;
mod robot;
mod tables;

pub use cost::assumptions;
pub use probe::{place_text, probe_text};
pub use robot::CONTACT_BYTES;

use super::{
    model::Model,
    stepper::{Options, StepperError, capacity::Places, finite},
};
use robot::Robot;

/// Number of invocations that share an environment: the subgroup width of today's GPUs, so barriers cost next to
/// nothing.
pub const LANES: usize = 32;

/// Returns the stepper's part of a module: the robot's tables, and `#import`s of `physics_step`, `set_motors` and the
/// functions that read the last evaluation.
///
/// Errors: the robot uses a feature outside the subset, or has more parts than a workgroup has lanes.
pub fn physics_text(model: &Model, options: &Options) -> Result<String, StepperError> {
    let robot = Robot::new(model, options)?;
    let harness = if options.harness { "harness" } else { "no_harness" };
    let files = ["step", "motors", "external", "places", harness];
    let imports = files.map(|file| format!("#import physics/cooperative/{file}\n")).concat();
    finite(tables::text(&robot) + &parameters::text(&robot) + &imports)
}

/// Returns the contact places that [`physics_text`] gives the robot.
///
/// Errors: those of [`physics_text`].
pub fn places(model: &Model, options: &Options) -> Result<Places, StepperError> {
    let robot = Robot::new(model, options)?;
    let straight = Places::straight(options.contacts, &robot.pairs);
    Ok(Places { kept: robot.capacity(), floor: Some(robot.points.len()), workgroup_bytes: robot.bytes(), ..straight })
}
