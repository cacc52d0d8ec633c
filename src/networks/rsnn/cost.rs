//! Cost of a step of the spiking network, as a formula: the work depends on how often neurons fire.

use super::RsnnSpec;
use crate::{
    kernel::{
        buffers::BufferId,
        cost::{Cost, Operations},
    },
    networks::{IoDims, Network},
};

/// Integer operations to add one word of connections to packed counters: shift, mask and add for each of eight
/// registers.
const WORD_ADDITION: f64 = 24.0;

/// One substep of one neuron: synapse `a i + r count`, membrane `b v + c (i + drive)` with threshold and reset, rate
/// `d rate +- g`; the count is extracted from its counter and converted.
const NEURON_SUBSTEP: Operations =
    Operations { add: 4.0, multiply: 4.0, divide: 0.0, special: 0.0, select: 3.0, integer: 4.0, popcount: 0.0 };

/// Returns the cost of an environment step of one individual whose neurons fire at `firing_rate_hz` on average.
pub(super) fn step(spec: &RsnnSpec, shape: &IoDims, firing_rate_hz: f64) -> Cost {
    let constants = spec.constants(shape.d_obs);
    let (neurons, substeps) = (spec.neurons as f64, constants.substeps as f64);
    let (words, d_obs, d_act) = (neurons / 32.0, shape.d_obs as f64, shape.d_act as f64);
    let spikes = firing_rate_hz * neurons * spec.step_ms() / 1000.0;
    let bias_rows = f64::from(u8::from(spec.bias_input));
    let mut operations = NEURON_SUBSTEP * (neurons * substeps);
    operations.integer += spikes * words * WORD_ADDITION;
    operations.popcount += words * substeps;
    // Input and read-out take one masked addition per connection; x and -x at the same neuron cancel.
    let lines = d_obs + bias_rows + d_act;
    operations = operations + Operations { add: 1.0, select: 1.0, ..Default::default() } * (lines * neurons);
    operations.integer += 4.0 * d_obs * words;
    operations = operations + Operations { add: 1.0, multiply: 1.0, select: 2.0, ..Default::default() } * d_obs;
    let mut cost = Cost { operations, ..Default::default() };
    let rows = 2.0 * d_obs + bias_rows + spikes + d_act;
    cost.read(BufferId::Theta, 4.0 * words * rows);
    shape.charge(&mut cost, spec.state_words(shape));
    cost
}
