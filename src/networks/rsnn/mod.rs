//! A recurrent network of leaky integrate-and-fire neurons with 1-bit connections.
//!
//! It has the semantics of the network with which Evolving Connectivity (Wang et al., NeurIPS 2023) published its
//! results. The observation enters as `[x, -x]`. External drive is constant over the substeps and bypasses the
//! synapse. Neurons `0..n_exc` excite and the others inhibit, through the sign of their spikes. The rate filter
//! receives signed spikes and is read once, after the last substep.
//!
//! A bilateral network consists of two hemispheres with half of the neurons each and the same connections. The second
//! one receives the mirrored observation and gives the mirrored action, by the body's [`Mirror`]. A mirrored state
//! thus leads to the mirrored action.

mod cost;

use super::{
    GradientKernels, IoDims, Network, NetworkKernels, NetworkLaunch, Tensor, Weights, lanes::units_a_lane,
    rsnn_f32::RsnnF32Spec, sides,
};
use crate::{
    config::RsnnConfig,
    kernel::{
        cost::Cost,
        descent::Sizes,
        device::DeviceTraits,
        genome::Genome,
        mirror::Mirror,
        random::{Key, normals},
        wgsl::{ComposeError, Constants, Module, compose, shader},
    },
};
use std::sync::Arc;

/// Settings of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct RsnnSpec {
    /// Number of neurons: a multiple of 32, 32 to 4096.
    pub neurons: usize,
    /// Fraction of excitatory neurons.
    pub excitatory_ratio: f64,
    /// Duration of a substep, in ms.
    pub dt_ms: f64,
    /// Simulated time per environment step, in ms, rounded to a whole number of substeps.
    pub sim_time_ms: f64,
    /// Time constant of the synaptic current, in ms.
    pub tau_syn_ms: f64,
    /// Time constant of the membrane, in ms.
    pub tau_mem_ms: f64,
    /// Time constant of the rate filter, in ms.
    pub tau_out_ms: f64,
    /// Gain of external drive.
    pub gain_in: f64,
    /// Gain of recurrent input.
    pub gain_hidden: f64,
    /// Gain of the read-out.
    pub gain_out: f64,
    /// True for an additional input line that is always 1.
    pub bias_input: bool,
    /// True for two hemispheres, which need a multiple of 64 neurons.
    pub bilateral: bool,
    /// The body's plane of symmetry, needed by kernels of two hemispheres.
    pub mirror: Option<Arc<Mirror>>,
}

impl Default for RsnnSpec {
    /// Returns the published settings.
    fn default() -> Self {
        Self::from(&RsnnConfig::default())
    }
}

impl From<&RsnnConfig> for RsnnSpec {
    fn from(config: &RsnnConfig) -> Self {
        Self {
            neurons: config.neurons as usize,
            excitatory_ratio: config.excitatory_ratio,
            dt_ms: config.dt_ms,
            sim_time_ms: config.sim_time_ms,
            tau_syn_ms: config.tau_syn_ms,
            tau_mem_ms: config.tau_mem_ms,
            tau_out_ms: config.tau_out_ms,
            gain_in: config.gain_in,
            gain_hidden: config.gain_hidden,
            gain_out: config.gain_out,
            bias_input: config.bias_input,
            bilateral: config.bilateral,
            mirror: None,
        }
    }
}

/// Fraction of connections that exist at the start; sums over a fan-in scale with it.
const EXPECTED_DENSITY: f64 = 0.5;

/// Subgroup size that the `subgroup.wgsl` of spiking networks require.
pub(super) const SUBGROUP: usize = 8;

/// Constants derived from an [`RsnnSpec`] in f64; kernels use them rounded once to f32.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RsnnConstants {
    /// Substeps per environment step.
    pub substeps: usize,
    /// Number of excitatory neurons.
    pub n_exc: usize,
    /// Factor by which a synaptic current decays per substep.
    pub decay_synapse: f64,
    /// Factor by which a membrane potential decays per substep.
    pub decay_membrane: f64,
    /// Weight of the current in the new membrane potential.
    pub gain_membrane: f64,
    /// Factor by which a rate decays per substep.
    pub decay_rate: f64,
    /// Rate that one spike adds, in spikes per ms.
    pub gain_rate: f64,
    /// Membrane drive per unit of input.
    pub r_in: f64,
    /// Synaptic current per spike.
    pub r_hidden: f64,
    /// Action per unit of rate.
    pub r_out: f64,
}

impl RsnnConstants {
    /// Adds the constants of a neuron's equations.
    pub(in crate::networks) fn wgsl(&self, constants: Constants) -> Constants {
        constants
            .uint("SUBSTEPS", self.substeps)
            .float("DECAY_SYNAPSE", self.decay_synapse as f32)
            .float("DECAY_MEMBRANE", self.decay_membrane as f32)
            .float("GAIN_MEMBRANE", self.gain_membrane as f32)
            .float("DECAY_RATE", self.decay_rate as f32)
            .float("GAIN_RATE", self.gain_rate as f32)
            .float("R_IN", self.r_in as f32)
            .float("R_HIDDEN", self.r_hidden as f32)
            .float("R_OUT", self.r_out as f32)
    }
}

impl RsnnSpec {
    /// Returns the number of sides with the same connections: 2 hemispheres, or 1.
    pub fn sides(&self) -> usize {
        sides::count(self.bilateral)
    }

    /// Returns the number of neurons per side.
    pub fn side_neurons(&self) -> usize {
        self.neurons / self.sides()
    }

    /// Returns the number of excitatory neurons per side; they come first.
    pub fn side_exc(&self) -> usize {
        let neurons = self.side_neurons();
        ((self.excitatory_ratio * neurons as f64).round() as usize).min(neurons)
    }

    /// Returns the number of excitatory neurons.
    pub fn n_exc(&self) -> usize {
        self.sides() * self.side_exc()
    }

    /// Returns all neurons, excitatory ones first.
    pub fn excitatory_first(&self) -> Vec<usize> {
        let excites = |neuron: &usize| neuron % self.side_neurons() < self.side_exc();
        let (excite, inhibit): (Vec<_>, Vec<_>) = (0..self.neurons).partition(excites);
        [excite, inhibit].concat()
    }

    /// Returns the number of lines through which an observation of `d_obs` entries enters.
    pub(super) fn lines(&self, d_obs: usize) -> usize {
        2 * d_obs + usize::from(self.bias_input)
    }

    /// Returns the number of substeps per environment step.
    pub fn substeps(&self) -> usize {
        (self.sim_time_ms / self.dt_ms).round().max(1.0) as usize
    }

    /// Returns the derived constants for an observation of `d_obs` entries.
    pub fn constants(&self, d_obs: usize) -> RsnnConstants {
        self.constants_at(d_obs, EXPECTED_DENSITY)
    }

    /// Returns the same constants if a fraction `density` of the connections exists.
    pub(in crate::networks) fn constants_at(&self, d_obs: usize, density: f64) -> RsnnConstants {
        let decay = |tau: f64| (-self.dt_ms / tau).exp();
        let fan = |lines: usize, power: f64| (power / (density * lines as f64)).sqrt();
        RsnnConstants {
            substeps: self.substeps(),
            n_exc: self.n_exc(),
            decay_synapse: decay(self.tau_syn_ms),
            decay_membrane: decay(self.tau_mem_ms),
            gain_membrane: 1.0 - decay(self.tau_mem_ms),
            decay_rate: decay(self.tau_out_ms),
            gain_rate: (1.0 - decay(self.tau_out_ms)) / self.dt_ms,
            r_in: self.gain_in * self.tau_mem_ms * fan(d_obs, 2.0),
            r_hidden: self.gain_hidden * self.tau_mem_ms / self.tau_syn_ms * fan(self.neurons, 2.0),
            r_out: self.gain_out * fan(self.neurons, 1.0),
        }
    }

    /// Returns the module with the entry points `network_reset` and `network_step`.
    ///
    /// Errors: a missing or malformed shader file (a bug).
    pub fn module(&self, shape: &IoDims, options: &NetworkLaunch) -> Result<Arc<Module>, ComposeError> {
        let label = self.shader(options);
        compose(label, shader(label).unwrap_or_default(), &self.wgsl_constants(shape, options))
    }

    /// Returns the path of the root module, which determines how lanes exchange spikes. Both give the same bits for
    /// the same number of lanes.
    pub fn shader(&self, options: &NetworkLaunch) -> &'static str {
        let fits = options.subgroup == SUBGROUP && self.lanes(options) <= SUBGROUP && self.neurons <= 32 * SUBGROUP;
        if fits { "networks/rsnn/subgroup" } else { "networks/rsnn/workgroup" }
    }

    /// Returns the constants of the module's text.
    pub fn wgsl_constants(&self, shape: &IoDims, options: &NetworkLaunch) -> Constants {
        let c = self.constants(shape.d_obs);
        let own = self.lane_neurons(options);
        // A counter holds 0..=neurons. A lane with few neurons gives each its own register.
        let field_bits = if self.neurons < 256 {
            8
        } else if self.neurons < 1024 {
            11
        } else {
            16
        };
        let field_mask = (0..own.div_ceil(field_bits)).fold(0u32, |mask, field| mask | 1 << (field * field_bits));
        sides::wgsl(c.wgsl(Constants::default()), self.mirror.as_deref())
            .uint("N", self.neurons)
            .uint("N_EXC", self.side_exc())
            .uint("D_OBS", shape.d_obs)
            .uint("D_ACT", shape.d_act)
            .uint("BIAS_ROWS", usize::from(self.bias_input))
            .uint("SPLIT", 32 / own)
            .uint("N_WORDS", self.n_words(shape))
            .uint("N_STATE", self.state_words(shape))
            .uint("FIELD_BITS", field_bits)
            .uint("FIELD_MASK", field_mask as usize)
            .float("NORMALISER_CLIP", options.normaliser_clip)
            .float("ACTION_BOUND", options.action_bound)
    }

    /// Returns the number of neurons per lane.
    pub fn lane_neurons(&self, options: &NetworkLaunch) -> usize {
        units_a_lane(self.neurons, options.lanes)
    }

    /// Returns the number of lanes per individual.
    pub fn lanes(&self, options: &NetworkLaunch) -> usize {
        self.neurons / self.lane_neurons(options)
    }
}

impl Network for RsnnSpec {
    fn name(&self) -> &'static str {
        "rsnn"
    }

    fn weights(&self) -> Weights {
        Weights::Bits
    }

    fn initial(&self, shape: &IoDims, key: Key) -> Vec<f64> {
        normals([0; 3], key).take(self.n_params(shape)).collect()
    }

    fn tensors(&self, shape: &IoDims) -> Vec<Tensor> {
        let n = self.side_neurons();
        let input =
            Tensor { name: "input", rows: self.lines(shape.d_obs), cols: n, transposed: false, by_fours: false };
        let hidden = Tensor { name: "hidden", rows: n, cols: n, transposed: false, by_fours: false };
        let across = self.bilateral.then(|| Tensor { name: "commissural", ..hidden.clone() });
        let output = Tensor { name: "output", rows: shape.d_act, cols: n, transposed: true, by_fours: false };
        [input, hidden].into_iter().chain(across).chain([output]).collect()
    }

    fn state_words(&self, _: &IoDims) -> usize {
        (3 * self.neurons + self.neurons / 32).next_multiple_of(4)
    }

    fn variants(&self, usual: &NetworkLaunch) -> Vec<NetworkLaunch> {
        let barriers = NetworkLaunch { subgroup: 0, ..*usual };
        let differs = self.shader(&barriers) != self.shader(usual);
        std::iter::once(*usual).chain(differs.then_some(barriers)).collect()
    }

    fn tape_words(&self, shape: &IoDims, bptt: usize) -> usize {
        RsnnF32Spec::of_bits(self).map_or(0, |numbers| numbers.tape_words(shape, bptt))
    }

    fn gradients(
        &self,
        sizes: &Sizes,
        launch: &NetworkLaunch,
        device: DeviceTraits,
    ) -> Option<Result<GradientKernels, ComposeError>> {
        RsnnF32Spec::of_bits(self)?.gradients(sizes, launch, device)
    }

    fn n_neurons(&self) -> usize {
        self.neurons
    }

    fn step_ms(&self) -> f64 {
        self.substeps() as f64 * self.dt_ms
    }

    fn cost(&self, shape: &IoDims, firing_rate_hz: f64) -> Cost {
        cost::step(self, shape, firing_rate_hz)
    }

    fn kernels(&self, shape: &IoDims, _: &Genome, options: &NetworkLaunch) -> Result<NetworkKernels, ComposeError> {
        let module = self.module(shape, options)?;
        Ok(NetworkKernels::of(&module))
    }
}
