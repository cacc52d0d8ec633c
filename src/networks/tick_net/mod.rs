//! A layer of spiking neurons that hears an observation as a constant current for some ticks (Zheng et al., Biomimetics
//! 2026; network and hidden neuron of SpikingJelly's example of deep Q-learning).
//!
//! Hidden neurons: `c = W_in^T x + b`; per tick `v + c` (`If`) or `v + (c - v) / 2` (`Lif`), a spike at 1, reset to 0.
//! Outputs: `u <- u + (s W_out + b_out - u) / 2` per tick, which never fire and are read after the last tick. With a
//! constant current, an output reads the spikes of a neuron as a binary number, `omega(c)`, so that
//! `action = clamp(W_out^T omega(c) + b_out (1 - 2^-ticks), -1, 1)` (`shaders/networks/tick_net/ticks.wgsl`).
//!
//! Parameters are drawn uniformly within `1 / sqrt(inputs)` of a layer, either way. As an evolved network it hears the
//! normalised observation, as all others do.

use crate::{
    config::{HiddenNeuron, TickNetConfig},
    kernel::{
        cost::{Cost, Operations},
        genome::Genome,
        random::{Key, philox4x32, uniform01},
        wgsl::{ComposeError, Constants, compose, shader},
    },
    networks::{IoDims, Network, NetworkKernels, NetworkLaunch, Tensor, Weights},
};

/// Operations per tick of a neuron: charge, threshold, reset, and what the output reads.
const NEURON_TICK: Operations =
    Operations { add: 2.0, multiply: 2.0, divide: 0.0, special: 0.0, select: 3.0, integer: 0.0, popcount: 0.0 };
/// Time of a tick, ms: the unit in which the paper gives time constants.
const TICK_MS: f64 = 1.0;

/// Settings of the network. Plain data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TickNetSpec {
    /// Hidden neurons.
    pub units: usize,
    /// Ticks per environment step.
    pub ticks: usize,
    /// Law of the hidden neurons.
    pub hidden: HiddenNeuron,
}

impl From<&TickNetConfig> for TickNetSpec {
    fn from(config: &TickNetConfig) -> Self {
        Self { units: config.units as usize, ticks: config.ticks as usize, hidden: config.hidden }
    }
}

impl TickNetSpec {
    /// Returns the constants of `shaders/networks/tick_net/ticks.wgsl`, and the number of neurons.
    pub fn constants(&self) -> Constants {
        Constants::default()
            .uint("UNITS", self.units)
            .uint("TICKS", self.ticks)
            .uint("LEAKS", usize::from(self.hidden == HiddenNeuron::Lif))
            .float("BIAS_READ", (1.0 - 0.5f64.powi(self.ticks as i32)) as f32)
    }

    /// Draws the first parameters of a network of `width` neurons, laid out for [`Self::units`]; the rest is zero.
    pub fn draw(&self, shape: &IoDims, width: usize, key: Key) -> Vec<f32> {
        let rows = |part: u32, (count, columns): (usize, usize), units: usize, fan_in: usize| {
            let bound = 1.0 / (fan_in as f32).sqrt();
            let number = move |at: usize| bound * (2.0 * uniform01(philox4x32([at as u32, part, 0, 0], key)[0]) - 1.0);
            (0..count * units).map(move |at| match (at / units, at % units) {
                (row, column) if column < columns => number(row * columns + column),
                _ => 0.0,
            })
        };
        let IoDims { d_obs, d_act } = *shape;
        rows(0, (d_obs, width), self.units, d_obs)
            .chain(rows(1, (1, width), self.units, d_obs))
            .chain(rows(2, (d_act, width), self.units, width))
            .chain(rows(3, (1, d_act), d_act, width))
            .collect()
    }
}

impl Network for TickNetSpec {
    fn name(&self) -> &'static str {
        "tick_net"
    }

    fn weights(&self) -> Weights {
        Weights::Floats
    }

    fn tensors(&self, shape: &IoDims) -> Vec<Tensor> {
        let of = |name, rows, cols, transposed| Tensor { name, rows, cols, transposed, by_fours: false };
        vec![
            of("input", shape.d_obs, self.units, false),
            of("bias", 1, self.units, false),
            of("read_out", shape.d_act, self.units, true),
            of("bias_read_out", 1, shape.d_act, false),
        ]
    }

    fn state_words(&self, _: &IoDims) -> usize {
        0
    }

    fn n_neurons(&self) -> usize {
        self.units
    }

    fn step_ms(&self) -> f64 {
        TICK_MS * self.ticks as f64
    }

    fn kernels(
        &self,
        shape: &IoDims,
        genome: &Genome,
        options: &NetworkLaunch,
    ) -> Result<NetworkKernels, ComposeError> {
        let constants = self
            .constants()
            .uint("LANES", options.lanes)
            .uint("D_OBS", shape.d_obs)
            .uint("D_ACT", shape.d_act)
            .uint("N_WORDS", genome.n_words())
            .float("NORMALISER_CLIP", options.normaliser_clip)
            .float("ACTION_BOUND", options.action_bound);
        let label = "networks/tick_net/step";
        let module = compose(label, shader(label).unwrap_or_default(), &constants)?;
        Ok(NetworkKernels::of(&module))
    }

    fn cost(&self, shape: &IoDims, _firing_rate_hz: f64) -> Cost {
        let sums = Operations { add: 1.0, multiply: 1.0, ..Default::default() } * self.n_params(shape) as f64;
        let mut cost = Cost { operations: NEURON_TICK * ((self.units * self.ticks) as f64) + sums, ..Cost::default() };
        cost.read(crate::kernel::buffers::BufferId::Theta, 4.0 * self.n_words(shape) as f64);
        shape.charge(&mut cost, 0);
        cost
    }

    fn initial(&self, shape: &IoDims, key: Key) -> Vec<f64> {
        self.draw(shape, self.units, key).into_iter().map(f64::from).collect()
    }
}
