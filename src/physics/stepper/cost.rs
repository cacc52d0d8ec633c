//! How often the generated loops run: what the text of a step does not say about its price.

use super::Integrator;
use crate::{physics::model::Model, plan::cost::Assumptions};

/// Newton iterations a forward evaluation: from a warm start one step settles all but a few per cent of the cases.
const NEWTON: f64 = 1.0;

/// What `frame_skip` steps of `model` assume.
///
/// The floor's branches count as taken, since a subgroup enters a branch when one of its lanes does; contacts of pairs
/// count as absent, since hardly any pair of geoms of a walking robot touches.
pub fn assumptions(model: &Model, frame_skip: u32, integrator: Integrator) -> Assumptions {
    let evaluations = f64::from(frame_skip * integrator.stages());
    // Iteration 0 evaluates the warm start.
    let iterations = 1.0 + NEWTON + f64::from(u8::from(integrator.is_implicit(model)));
    Assumptions::default()
        .trips("iteration", iterations)
        .share("iteration", (iterations - 1.0) / iterations)
        .trips("trial", 1.0)
        .trips("row", 0.0)
        .trips("before", 0.0)
        .trips("hit", 0.0)
        .share("hits", 0.0)
        .share("last_evaluation", 1.0 / evaluations)
}
