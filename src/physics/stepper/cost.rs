//! Trip counts of the generated loops, which the text of a step does not show but its cost depends on.

use super::Integrator;
use crate::{kernel::cost::Assumptions, physics::model::Model};

/// Share of the bodies whose floor contacts are computed: the feet, one body in four to seven. A subgroup enters a
/// branch if one of its lanes does, so a foot always counts in training.
const FLOOR: f64 = 0.25;

/// Returns the mean number of Newton iterations per forward evaluation. `tests/numerics/cost.rs` counts them in
/// random episodes. With Runge-Kutta, Hopper, Walker2d and Humanoid take 1.06, 1.27 and 1.31. With Euler, Hopper and
/// Walker2d take 1.19 and 1.80.
fn newton(integrator: Integrator) -> f64 {
    match integrator {
        Integrator::Rk4 => 1.2,
        Integrator::Euler => 1.5,
    }
}

/// Returns the cost assumptions of `frame_skip` steps of `model`.
///
/// Contacts between geoms count as absent: in random episodes Humanoid has one in twenty evaluations, the others
/// none.
pub fn assumptions(model: &Model, frame_skip: u32, integrator: Integrator) -> Assumptions {
    let evaluations = f64::from(frame_skip * integrator.stages());
    // Iteration 0 evaluates the warm start; implicit damping takes another at the end.
    let iterations = 1.0 + newton(integrator) + f64::from(u8::from(integrator.is_implicit(model)));
    Assumptions::default()
        .trips("iteration", iterations)
        .share("iteration", (iterations - 1.0) / iterations)
        .trips("trial", 1.0)
        .share("floor_*", FLOOR)
        .trips("row", 0.0)
        .trips("slot", 0.0)
        .trips("before", 0.0)
        .trips("hit", 0.0)
        .trips("contact", 1.0)
        .share("hits", 0.0)
        .share("last_evaluation", 1.0 / evaluations)
}
