//! The reservoir as a network that strategies evolve.

use super::{ReservoirSpec, SCALARS};
use crate::{
    kernel::{
        buffers::BufferId,
        cost::{Cost, Operations},
        entry::{Kernel, PassId},
        genome::Genome,
        random::{Key, Stream, stream_key},
        wgsl::{ComposeError, compose, shader},
    },
    networks::{KernelOptions, Network, NetworkKernels, Shape, Tensor, Weights},
};

/// One tick of one neuron: membrane with threshold and reset, decay of the current.
const NEURON_TICK: Operations =
    Operations { add: 1.0, multiply: 3.0, divide: 0.0, special: 0.0, select: 2.0, integer: 4.0, popcount: 0.0 };
/// A recurrent weight drawn again.
const DRAW: Operations =
    Operations { add: 2.0, multiply: 3.0, divide: 0.0, special: 0.0, select: 2.0, integer: 70.0, popcount: 0.0 };

impl ReservoirSpec {
    fn ticks(&self) -> usize {
        (self.sim_time_ms / self.dt_ms).round() as usize
    }

    /// Neurons as the state keeps them, whatever the lanes (at most 64).
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

    fn tensors(&self, _: &Shape) -> Vec<Tensor> {
        vec![Tensor { name: "output", rows: self.neurons, cols: 2, transposed: false }]
    }

    fn state_words(&self, _: &Shape) -> usize {
        SCALARS + 2 * self.stored()
    }

    fn n_neurons(&self) -> usize {
        self.neurons
    }

    fn step_ms(&self) -> f64 {
        self.ticks() as f64 * self.dt_ms
    }

    fn kernels(&self, shape: &Shape, genome: &Genome, options: &KernelOptions) -> Result<NetworkKernels, ComposeError> {
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
        Ok(NetworkKernels {
            reset: Kernel::new(PassId::NetworkReset, &module, "network_reset"),
            step: Kernel::new(PassId::NetworkStep, &module, "network_step"),
        })
    }

    fn cost(&self, shape: &Shape, firing_rate_hz: f64) -> Cost {
        let n = self.neurons as f64;
        let spikes = firing_rate_hz * n * self.step_ms() / 1000.0;
        let mut cost =
            Cost { operations: NEURON_TICK * (n * self.ticks() as f64) + DRAW * (spikes * n), ..Cost::default() };
        cost.read(BufferId::Theta, 8.0 * spikes);
        shape.charge(&mut cost, self.state_words(shape));
        cost
    }

    fn initial(&self, _: &Shape, key: Key) -> Vec<f64> {
        self.readout(key, self.weight_range, self.neurons).into_flattened().into_iter().map(f64::from).collect()
    }
}
