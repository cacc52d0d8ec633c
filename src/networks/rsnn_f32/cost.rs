//! Cost of a step of the spiking network with f32 weights, as a formula: the work depends on how often neurons fire.

use super::RsnnF32Spec;
use crate::{
    kernel::{
        buffers::BufferId,
        cost::{Cost, Operations},
    },
    networks::{IoDims, Network},
};

/// One substep of one neuron: synapse `a i + r sum`, membrane `b v + c (i + drive)` with threshold and reset, rate
/// `d rate + g`; a bit for each neuron that fires.
const NEURON_SUBSTEP: Operations =
    Operations { add: 4.0, multiply: 5.0, divide: 0.0, special: 0.0, select: 4.0, integer: 2.0, popcount: 0.0 };

/// Returns the cost of an environment step of one individual whose neurons fire at `firing_rate_hz` on average.
pub(super) fn step(spec: &RsnnF32Spec, shape: &IoDims, firing_rate_hz: f64) -> Cost {
    let (n, d_obs, d_act) = (spec.n_neurons() as f64, shape.d_obs as f64, shape.d_act as f64);
    let substeps = spec.constants(shape.d_obs).substeps as f64;
    let spikes = firing_rate_hz * n * spec.step_ms() / 1000.0;
    let weight = Operations { add: 1.0, multiply: 1.0, ..Default::default() };
    let input = Operations { add: 1.0, multiply: 1.0, select: 2.0, ..Default::default() };
    let mut operations = NEURON_SUBSTEP * (n * substeps) + weight * (n * (d_obs + d_act)) + input * d_obs;
    operations.add += spikes * n;
    let mut cost = Cost { operations, ..Default::default() };
    cost.read(BufferId::Theta, 4.0 * n * (d_obs + spikes + d_act));
    shape.charge(&mut cost, spec.state_words(shape));
    cost
}
