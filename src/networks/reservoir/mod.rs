//! The embodied spiking network of Brand (2024): two input neurons, a reservoir of leaky integrate-and-fire neurons
//! with fixed weights, two output neurons that stimulate a muscle each. Only the weights from reservoir to outputs are
//! learnt.

mod network;

use crate::{
    config::ReservoirConfig,
    kernel::{
        random::{Key, Stream, philox4x32, stream_key, uniform01},
        wgsl::Constants,
    },
};

/// Words of a state before two a neuron: of inputs, outputs and stimulations, and room for a body.
pub const SCALARS: usize = 16;

/// Sizes, times and fixed weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReservoirSpec {
    /// Neurons of the reservoir.
    pub neurons: usize,
    /// A tick, ms.
    pub dt_ms: f64,
    /// Time constant of synaptic currents, ms.
    pub tau_syn_ms: f64,
    /// Time constant of membranes, ms.
    pub tau_mem_ms: f64,
    /// Weights of the inputs are uniform within this, either way.
    pub weight_in: f64,
    /// Recurrent weights that exist are uniform within this times `sqrt(200 / neurons)`, either way.
    pub weight_recurrent: f64,
    /// Share of the recurrent weights that exist.
    pub density: f64,
    /// Rates of an input neuron at angle 0 and at `angle_full`, Hz.
    pub rates_hz: [f64; 2],
    /// Angles up to this are not heard, rad.
    pub angle_dead: f64,
    /// Angle of the highest rate, rad.
    pub angle_full: f64,
    /// How long a spike of an output stimulates its muscle, ms.
    pub hold_ms: f64,
    /// Seed of the fixed weights, where there is one only.
    pub seed: u64,
    /// Time of a step of the environment, ms.
    pub sim_time_ms: f64,
    /// Readout weights begin within this, either way.
    pub weight_range: f64,
}

impl From<&ReservoirConfig> for ReservoirSpec {
    fn from(config: &ReservoirConfig) -> Self {
        Self {
            neurons: config.neurons as usize,
            dt_ms: config.dt_ms,
            tau_syn_ms: config.tau_syn_ms,
            tau_mem_ms: config.tau_mem_ms,
            weight_in: config.weight_in,
            weight_recurrent: config.weight_recurrent,
            density: config.density,
            rates_hz: [config.rates_hz.0, config.rates_hz.1],
            angle_dead: config.angle_dead,
            angle_full: config.angle_full,
            hold_ms: config.hold_ms,
            seed: config.seed,
            sim_time_ms: config.sim_time_ms,
            weight_range: config.weight_range,
        }
    }
}

impl Default for ReservoirSpec {
    fn default() -> Self {
        Self::from(&ReservoirConfig::default())
    }
}

impl ReservoirSpec {
    /// Neurons as the kernels keep them: a whole number of words and of lanes.
    pub fn padded(&self, lanes: usize) -> usize {
        self.neurons.next_multiple_of(lanes.max(32))
    }

    /// Returns the constants of `shaders/networks/reservoir/neurons.wgsl` for `padded` neurons and so many lanes.
    pub fn constants(&self, padded: usize, lanes: usize) -> Constants {
        let [low, high] = self.rates_hz.map(|rate| self.input_current(rate));
        Constants::default()
            .uint("N", padded)
            .uint("LANES", lanes)
            .uint("SCALARS", SCALARS)
            .float("DT_MS", self.dt_ms as f32)
            .float("DECAY_SYNAPSE", self.decay_synapse() as f32)
            .float("DECAY_MEMBRANE", self.decay_membrane() as f32)
            .float("INPUT_LOW", low as f32)
            .float("INPUT_SLOPE", ((high - low) / self.angle_full) as f32)
            .float("INPUT_SPAN", self.angle_full as f32)
            .float("INPUT_DEAD", self.angle_dead as f32)
            .float("HOLD_TICKS", (self.hold_ms / self.dt_ms) as f32)
    }

    /// alpha, what is left of a synaptic current after a tick.
    pub fn decay_synapse(&self) -> f64 {
        libm::exp(-self.dt_ms / self.tau_syn_ms)
    }

    /// beta, what is left of a membrane.
    pub fn decay_membrane(&self) -> f64 {
        libm::exp(-self.dt_ms / self.tau_mem_ms)
    }

    /// Returns the current a tick with which an input neuron fires at `rate` Hz: in the steady state `I dt / (1 -
    /// beta)` is where the membrane goes, and it must reach 1 after a period.
    fn input_current(&self, rate: f64) -> f64 {
        let rheobase = (1.0 - self.decay_membrane()) / self.dt_ms;
        rheobase / (1.0 - libm::exp(-1000.0 / (rate * self.tau_mem_ms))) * (1.0 - self.decay_synapse())
    }

    /// Half width of the recurrent weights.
    fn recurrent_scale(&self) -> f64 {
        self.weight_recurrent * (200.0 / self.neurons as f64).sqrt()
    }

    /// Returns the fixed weights of seed `seed`: a row of `padded` weights for each of `padded` neurons, then for the
    /// two inputs. The same for every padding.
    pub fn fixed_weights(&self, seed: u64, padded: usize) -> Vec<f32> {
        let key = stream_key(seed, Stream::Reservoir);
        let mut rows = vec![0.0; (padded + 2) * padded];
        let scale = self.recurrent_scale();
        for from in 0..self.neurons {
            for to in 0..self.neurons {
                let [exists, weight] = draw([to as u32, from as u32, 0, 0], key);
                if exists < self.density {
                    rows[from * padded + to] = (scale * (2.0 * weight - 1.0)) as f32;
                }
            }
        }
        for input in 0..2 {
            for to in 0..self.neurons {
                let [_, weight] = draw([to as u32, input as u32, 1, 0], key);
                rows[(padded + input) * padded + to] = (self.weight_in * (2.0 * weight - 1.0)) as f32;
            }
        }
        rows
    }

    /// Readout weights to begin with, drawn under `key`, uniform within `range` either way, `[padded][2]`.
    pub fn readout(&self, key: Key, range: f64, padded: usize) -> Vec<[f32; 2]> {
        let of = |neuron: usize| {
            let pair = draw([neuron as u32, 0, 2, 0], key);
            pair.map(|x| if neuron < self.neurons { (range * (2.0 * x - 1.0)) as f32 } else { 0.0 })
        };
        (0..padded).map(of).collect()
    }
}

/// Two numbers in [0, 1).
fn draw(counter: [u32; 4], key: Key) -> [f64; 2] {
    let bits = philox4x32(counter, key);
    [uniform01(bits[0]), uniform01(bits[1])].map(f64::from)
}
