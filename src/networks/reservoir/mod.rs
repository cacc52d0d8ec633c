//! The embodied spiking network of Brand (2024): two input neurons, a reservoir of leaky integrate-and-fire neurons
//! with fixed weights, and two output neurons that each stimulate a muscle. Only the weights from reservoir to
//! outputs are learnt.

mod network;

use crate::{
    config::ReservoirConfig,
    kernel::{
        random::{Key, Stream, philox4x32, stream_key, uniform01},
        wgsl::Constants,
    },
};

/// Words of a state before the two words per neuron: inputs, outputs, stimulations, and room for a body.
pub const SCALARS: usize = 16;

/// Sizes, time constants and ranges of weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReservoirSpec {
    /// Number of neurons in the reservoir.
    pub neurons: usize,
    /// Duration of a tick, in ms.
    pub dt_ms: f64,
    /// Time constant of synaptic currents, in ms.
    pub tau_syn_ms: f64,
    /// Time constant of membranes, in ms.
    pub tau_mem_ms: f64,
    /// Input weights are uniform within +- this value.
    pub weight_in: f64,
    /// Existing recurrent weights are uniform within +- this value times `sqrt(200 / neurons)`.
    pub weight_recurrent: f64,
    /// Fraction of recurrent weights that exist.
    pub density: f64,
    /// Firing rates of an input neuron at angle 0 and at `angle_full`, in Hz.
    pub rates_hz: [f64; 2],
    /// Angle up to which inputs do not respond, in rad.
    pub angle_dead: f64,
    /// Angle of the highest rate, in rad.
    pub angle_full: f64,
    /// Time for which an output spike stimulates its muscle, in ms.
    pub hold_ms: f64,
    /// Seed of the fixed weights, if all members share them.
    pub seed: u64,
    /// Simulated time per environment step, in ms.
    pub sim_time_ms: f64,
    /// Initial readout weights are uniform within +- this value.
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
    /// Returns the number of neurons that kernels store: a multiple of 32 and of `lanes`.
    pub fn padded(&self, lanes: usize) -> usize {
        self.neurons.next_multiple_of(lanes.max(32))
    }

    /// Returns the constants of `shaders/networks/reservoir/neurons.wgsl` for `padded` neurons and `lanes` lanes.
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

    /// Returns alpha, the factor by which a synaptic current decays per tick.
    pub fn decay_synapse(&self) -> f64 {
        libm::exp(-self.dt_ms / self.tau_syn_ms)
    }

    /// Returns beta, the factor by which a membrane decays per tick.
    pub fn decay_membrane(&self) -> f64 {
        libm::exp(-self.dt_ms / self.tau_mem_ms)
    }

    /// Returns the current per tick that makes an input neuron fire at `rate` Hz. In the steady state the membrane
    /// tends to `I dt / (1 - beta)`, and it must reach 1 after one period.
    fn input_current(&self, rate: f64) -> f64 {
        let rheobase = (1.0 - self.decay_membrane()) / self.dt_ms;
        rheobase / (1.0 - libm::exp(-1000.0 / (rate * self.tau_mem_ms))) * (1.0 - self.decay_synapse())
    }

    /// Returns the half-width of the range of recurrent weights.
    fn recurrent_scale(&self) -> f64 {
        self.weight_recurrent * (200.0 / self.neurons as f64).sqrt()
    }

    /// Returns the fixed weights of seed `seed`: a row of `padded` weights for each of `padded` neurons, then for the
    /// two inputs. The weights do not depend on the padding.
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

    /// Returns initial readout weights `[padded][2]`, drawn under `key`, uniform within +- `range`.
    pub fn readout(&self, key: Key, range: f64, padded: usize) -> Vec<[f32; 2]> {
        let of = |neuron: usize| {
            let pair = draw([neuron as u32, 0, 2, 0], key);
            pair.map(|x| if neuron < self.neurons { (range * (2.0 * x - 1.0)) as f32 } else { 0.0 })
        };
        (0..padded).map(of).collect()
    }
}

/// Returns two numbers in [0, 1).
fn draw(counter: [u32; 4], key: Key) -> [f64; 2] {
    let bits = philox4x32(counter, key);
    [uniform01(bits[0]), uniform01(bits[1])].map(f64::from)
}
