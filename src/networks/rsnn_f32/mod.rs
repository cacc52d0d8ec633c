//! A recurrent network of leaky integrate-and-fire neurons with f32 weights: the spiking baseline of Evolving
//! Connectivity (Wang et al., NeurIPS 2023), trained there by evolution strategies.
//!
//! Neurons, constants and order of operations are those of [`super::rsnn`], with four differences. The observation
//! enters once. Each connection has a weight, drawn from N(0, 1) at the start. All spikes are 1. Sums are scaled for
//! all connections instead of half of them: `R_in = gain_in tau_mem sqrt(2 / d_obs)`,
//! `R_hidden = gain_hidden tau_mem / tau_syn sqrt(2 / neurons)`, `R_out = gain_out sqrt(1 / neurons)`. Hemispheres
//! are as in [`super::rsnn`].

mod cost;
mod gradients;
mod of_bits;

use super::{
    GradientKernels, IoDims, Network, NetworkKernels, NetworkLaunch, Tensor, Weights,
    lanes::units_a_lane,
    rate::low_rank,
    rsnn::{RsnnConstants, RsnnSpec, SUBGROUP},
    sides,
};
use crate::{
    config::RsnnF32Config,
    kernel::{
        cost::Cost,
        descent::Sizes,
        device::DeviceTraits,
        genome::{Factors, Genome},
        mirror::Mirror,
        random::{Key, normals},
        wgsl::{ComposeError, Constants, compose, shader},
    },
};
use std::sync::Arc;

/// Fraction of connections that exist.
const DENSITY: f64 = 1.0;

/// What a neuron receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wiring {
    /// The observation, and a weight from every neuron.
    Whole,
    /// What [`super::rsnn`] sends: `[x, -x]` and perhaps a bias, and a sign from half of the neurons.
    Bits,
}

/// Settings of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct RsnnF32Spec {
    /// Settings of the neurons; none is inhibitory by type, and there is no bias.
    pub neurons: RsnnSpec,
    wiring: Wiring,
}

impl From<RsnnSpec> for RsnnF32Spec {
    fn from(neurons: RsnnSpec) -> Self {
        Self { neurons, wiring: Wiring::Whole }
    }
}

impl From<&RsnnF32Config> for RsnnF32Spec {
    fn from(config: &RsnnF32Config) -> Self {
        let neurons = RsnnSpec {
            neurons: config.neurons as usize,
            excitatory_ratio: 1.0,
            dt_ms: config.dt_ms,
            sim_time_ms: config.sim_time_ms,
            tau_syn_ms: config.tau_syn_ms,
            tau_mem_ms: config.tau_mem_ms,
            tau_out_ms: config.tau_out_ms,
            gain_in: config.gain_in,
            gain_hidden: config.gain_hidden,
            gain_out: config.gain_out,
            bias_input: false,
            bilateral: config.bilateral,
            mirror: None,
        };
        neurons.into()
    }
}

impl RsnnF32Spec {
    /// Adds the body's mirror, needed by kernels of two hemispheres.
    pub fn mirrored(self, mirror: Option<Arc<Mirror>>) -> Self {
        Self { neurons: RsnnSpec { mirror, ..self.neurons }, ..self }
    }

    /// Returns the derived constants for an observation of `d_obs` entries.
    pub fn constants(&self, d_obs: usize) -> RsnnConstants {
        match self.wiring {
            Wiring::Whole => self.neurons.constants_at(d_obs, DENSITY),
            Wiring::Bits => self.neurons.constants(d_obs),
        }
    }

    /// Returns the number of lines through which an observation of `d_obs` entries enters.
    fn lines(&self, d_obs: usize) -> usize {
        match self.wiring {
            Wiring::Whole => d_obs,
            Wiring::Bits => self.neurons.lines(d_obs),
        }
    }

    /// Returns the number of lanes per individual.
    pub fn lanes(&self, options: &NetworkLaunch) -> usize {
        self.n_neurons() / units_a_lane(self.n_neurons(), options.lanes)
    }

    /// Returns true if lanes exchange inputs and spikes in registers.
    fn is_in_registers(&self, options: &NetworkLaunch) -> bool {
        options.subgroup == SUBGROUP && self.lanes(options) == SUBGROUP && self.n_neurons() <= 32 * SUBGROUP
    }

    /// Returns the path of the root module, which determines how lanes exchange inputs and spikes. Both give the same
    /// membranes and spikes.
    pub fn shader(&self, options: &NetworkLaunch) -> &'static str {
        if self.is_in_registers(options) { "networks/rsnn_f32/subgroup" } else { "networks/rsnn_f32/workgroup" }
    }

    fn wgsl_constants(&self, shape: &IoDims, genome: &Genome, options: &NetworkLaunch) -> Constants {
        let (neuron, lines) = (self.constants(shape.d_obs).wgsl(Constants::default()), self.lines(shape.d_obs));
        let constants = sides::wgsl(self.wire(neuron), self.neurons.mirror.as_deref())
            .uint("UNITS", self.n_neurons())
            .uint("LANES", self.lanes(options))
            .uint("D_OBS", shape.d_obs)
            .uint("LINES", lines)
            .uint("D_ACT", shape.d_act)
            .uint("N_WORDS", genome.n_words())
            .uint("N_STATE", self.state_words(shape))
            .uint("ROW_READ_OUT", lines + self.n_neurons())
            .uint("N_ROWS", lines + self.n_neurons() + shape.d_act)
            .float("NORMALISER_CLIP", options.normaliser_clip)
            .float("ACTION_BOUND", options.action_bound);
        match &genome.factors {
            Some(factors) => low_rank(constants, factors, genome),
            None => constants,
        }
    }
}

impl Network for RsnnF32Spec {
    fn name(&self) -> &'static str {
        "rsnn_f32"
    }

    fn weights(&self) -> Weights {
        Weights::Floats
    }

    fn initial(&self, shape: &IoDims, key: Key) -> Vec<f64> {
        normals([0; 3], key).take(self.n_params(shape)).collect()
    }

    fn tensors(&self, shape: &IoDims) -> Vec<Tensor> {
        let n = self.neurons.side_neurons();
        let input =
            Tensor { name: "input", rows: self.lines(shape.d_obs), cols: n, transposed: false, by_fours: false };
        let hidden = Tensor { name: "hidden", rows: n, cols: n, transposed: false, by_fours: false };
        let across = self.neurons.bilateral.then(|| Tensor { name: "commissural", ..hidden.clone() });
        let output = Tensor { name: "output", rows: shape.d_act, cols: n, transposed: true, by_fours: false };
        [input, hidden].into_iter().chain(across).chain([output]).collect()
    }

    fn state_words(&self, shape: &IoDims) -> usize {
        self.neurons.state_words(shape)
    }

    fn tape_words(&self, _: &IoDims, bptt: usize) -> usize {
        bptt * self.tape_vectors() * self.n_neurons()
    }

    fn gradients(
        &self,
        sizes: &Sizes,
        launch: &NetworkLaunch,
        device: DeviceTraits,
    ) -> Option<Result<GradientKernels, ComposeError>> {
        self.gradient_kernels(sizes, launch, device)
    }

    fn n_neurons(&self) -> usize {
        self.neurons.neurons
    }

    fn step_ms(&self) -> f64 {
        self.neurons.step_ms()
    }

    fn cost(&self, shape: &IoDims, firing_rate_hz: f64) -> Cost {
        cost::step(self, shape, firing_rate_hz)
    }

    fn factors(&self, shape: &IoDims, rank: usize) -> Option<Factors> {
        let parts = [shape.d_obs, self.n_neurons(), shape.d_act];
        Some(Factors::new(rank, self.neurons.side_neurons(), &parts, 0))
    }

    fn kernels(
        &self,
        shape: &IoDims,
        genome: &Genome,
        options: &NetworkLaunch,
    ) -> Result<NetworkKernels, ComposeError> {
        let label = self.shader(options);
        let constants = self.wgsl_constants(shape, genome, options);
        let module = compose(label, shader(label).unwrap_or_default(), &constants)?;
        Ok(NetworkKernels::of(&module))
    }
}
