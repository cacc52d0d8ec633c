//! The reservoir as a network that evolution strategies train.

use super::{ReservoirSpec, SCALARS};
use crate::{
    kernel::{
        buffers::BufferId,
        cost::{Cost, Operations},
        genome::Genome,
        random::{Key, Stream, stream_key},
        wgsl::{ComposeError, compose, shader},
    },
    networks::{IoDims, Network, NetworkKernels, NetworkLaunch, Tensor, Weights},
};

/// Operations per tick of a neuron: membrane with threshold and reset, decay of the current.
const NEURON_TICK: Operations =
    Operations { add: 1.0, multiply: 3.0, divide: 0.0, special: 0.0, select: 2.0, integer: 4.0, popcount: 0.0 };
/// Operations to redraw a recurrent weight.
const DRAW: Operations =
    Operations { add: 2.0, multiply: 3.0, divide: 0.0, special: 0.0, select: 2.0, integer: 70.0, popcount: 0.0 };

impl ReservoirSpec {
    fn ticks(&self) -> usize {
        (self.sim_time_ms / self.dt_ms).round() as usize
    }

    /// Returns the number of neurons in the state, for any number of lanes up to 64.
    fn stored(&self) -> usize {
        self.padded(64)
    }
}

impl Network for ReservoirSpec {
    fn name(&self) -> &'static str {
        "reservoir"
    }

    fn weights(&self) -> Weights {
        Weights::Floats
    }

    fn tensors(&self, _: &IoDims) -> Vec<Tensor> {
        vec![Tensor { name: "output", rows: self.neurons, cols: 2, transposed: false, by_fours: false }]
    }

    fn state_words(&self, _: &IoDims) -> usize {
        SCALARS + 2 * self.stored()
    }

    fn n_neurons(&self) -> usize {
        self.neurons
    }

    fn step_ms(&self) -> f64 {
        self.ticks() as f64 * self.dt_ms
    }

    fn kernels(
        &self,
        shape: &IoDims,
        genome: &Genome,
        options: &NetworkLaunch,
    ) -> Result<NetworkKernels, ComposeError> {
        let stored = self.stored();
        let [x, y] = stream_key(self.seed, Stream::Reservoir);
        let constants = self
            .constants(stored, options.lanes)
            .uint("NEURONS", self.neurons)
            .uint("ROOM", (stored / options.lanes).max(if options.subgroup > 0 { 64 } else { 1 }))
            .uint("TICKS", self.ticks())
            .uint("D_OBS", shape.d_obs)
            .uint("N_WORDS", genome.n_words())
            .uint("KEY_X", x as usize)
            .uint("KEY_Y", y as usize)
            .float("WEIGHT_IN", self.weight_in as f32)
            .float("WEIGHT_RECURRENT", self.recurrent_scale() as f32)
            .float("DENSITY", self.density as f32);
        let label = "networks/reservoir/step";
        let module = compose(label, shader(label).unwrap_or_default(), &constants)?;
        Ok(NetworkKernels::of(&module))
    }

    fn cost(&self, shape: &IoDims, firing_rate_hz: f64) -> Cost {
        let n = self.neurons as f64;
        let spikes = firing_rate_hz * n * self.step_ms() / 1000.0;
        let mut cost =
            Cost { operations: NEURON_TICK * (n * self.ticks() as f64) + DRAW * (spikes * n), ..Cost::default() };
        cost.read(BufferId::Theta, 8.0 * spikes);
        shape.charge(&mut cost, self.state_words(shape));
        cost
    }

    fn initial(&self, _: &IoDims, key: Key) -> Vec<f64> {
        self.readout(key, self.weight_range, self.neurons).into_flattened().into_iter().map(f64::from).collect()
    }
}
