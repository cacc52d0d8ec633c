//! Cost of a step of a network without spikes, as a formula: every parameter is used once per side.

use super::RateSpec;
use crate::{
    kernel::{
        buffers::BufferId,
        cost::{Cost, Operations},
    },
    networks::{IoDims, Network},
};

/// Centring, scaling and clipping of an observation.
const INPUT: Operations =
    Operations { add: 1.0, multiply: 1.0, divide: 0.0, special: 0.0, select: 2.0, integer: 0.0, popcount: 0.0 };

/// Returns the cost of an environment step of one individual.
pub(super) fn step(spec: &RateSpec, shape: &IoDims) -> Cost {
    let (sides, d_obs, d_act) = (spec.sides() as f64, shape.d_obs as f64, shape.d_act as f64);
    let params = sides * spec.n_params(shape) as f64;
    // A weight takes a multiplication and an addition; a bit takes a test, a selection and an addition.
    let parameter = if spec.is_f32() {
        Operations { add: 1.0, multiply: 1.0, ..Default::default() }
    } else {
        Operations { add: 1.0, select: 1.0, integer: 1.0, ..Default::default() }
    };
    let mut operations = parameter * params + spec.cell.unit * spec.units as f64 + INPUT * d_obs;
    operations.select += 2.0 * d_act;
    let mut cost = Cost { operations, ..Default::default() };
    cost.read(BufferId::Theta, sides * 4.0 * spec.n_words(shape) as f64);
    shape.charge(&mut cost, spec.state_words(shape));
    cost
}
