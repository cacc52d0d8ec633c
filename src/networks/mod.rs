//! Networks: how an observation becomes an action, and which parameters evolution may set.

pub mod gru;
mod initial;
mod lanes;
pub mod lstm;
pub mod mlp;
pub mod rate;
pub mod reservoir;
pub mod rnn;
pub mod rsnn;
pub mod rsnn_f32;
mod sides;

pub use crate::kernel::genome::Weights;

use std::sync::Arc;

use crate::{
    config::NetworkConfig,
    kernel::{
        buffers::BufferId,
        cost::Cost,
        entry::Kernel,
        genome::{Factors, Genome},
        mirror::Mirror,
        random::Key,
        wgsl::ComposeError,
    },
};

/// What a network's kernels are composed for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Length of an observation.
    pub d_obs: usize,
    /// Length of an action.
    pub d_act: usize,
}

impl Shape {
    /// Adds what a step of any network reads and writes beside its parameters, of a state of so many words.
    fn charge(&self, cost: &mut Cost, state_words: usize) {
        let (d_obs, state) = (self.d_obs as f64, 4.0 * state_words as f64);
        cost.read(BufferId::Obs, 4.0 * d_obs);
        cost.read(BufferId::Normaliser, 8.0 * d_obs);
        cost.read(BufferId::NetworkState, state);
        cost.write(BufferId::NetworkState, state);
        cost.write(BufferId::Action, 4.0 * self.d_act as f64);
    }
}

/// How kernels are laid out on a device; results differ between settings only by rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelOptions {
    /// Invocations that share an individual: 8 on a software driver, 32 or 64 on a GPU. A power of two, at least 8.
    pub lanes: usize,
    /// Lanes of a subgroup, where the device has subgroup operations and one size only; 0 elsewhere.
    pub subgroup: usize,
    /// Bound of normalised observations.
    pub normaliser_clip: f32,
}

/// The two kernels of a network; both take one workgroup for [`Network::individuals_per_workgroup`] individuals.
#[derive(Debug, Clone)]
pub struct NetworkKernels {
    /// `network.reset`: the state at the start of an episode, for all fresh slots.
    pub reset: Kernel,
    /// `network.step`: one environment step of every living slot.
    pub step: Kernel,
}

/// One tensor of a network's parameters. Tensors follow each other in `theta` in the order of [`Network::tensors`],
/// each row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name in checkpoints, without the prefix: `hidden`.
    pub name: &'static str,
    /// Rows as stored in `theta`.
    pub rows: usize,
    /// Parameters per row, as stored in `theta`.
    pub cols: usize,
    /// Whether `theta` holds the transpose of what a checkpoint shows: that tensor is `[cols, rows]`.
    pub transposed: bool,
}

/// A network, ready to give its kernels. Plain data.
pub trait Network {
    /// Name in configurations and reports: `rsnn`.
    fn name(&self) -> &'static str;
    /// Returns what a parameter is.
    fn weights(&self) -> Weights;
    /// Returns the parameters, in the order they are stored in.
    fn tensors(&self, shape: &Shape) -> Vec<Tensor>;
    /// 32-bit words of `network_state` a slot.
    fn state_words(&self, shape: &Shape) -> usize;
    /// Neurons that can spike: the denominator of a firing rate; 0 where nothing spikes.
    fn n_neurons(&self) -> usize;
    /// Simulated milliseconds a step of the environment.
    fn step_ms(&self) -> f64;
    /// Composes the kernels for members of `genome`, which is [`Self::genome`], or has the factors that this network
    /// gave.
    ///
    /// Errors: a shader file is missing or malformed (a bug).
    fn kernels(&self, shape: &Shape, genome: &Genome, options: &KernelOptions) -> Result<NetworkKernels, ComposeError>;
    /// Returns how a perturbation of low rank factors the parameters; `None` where they are bits.
    fn factors(&self, _: &Shape, _rank: usize) -> Option<Factors> {
        None
    }
    /// Returns what one environment step of one individual costs.
    ///
    /// - `firing_rate_hz`: mean over neurons, Hz of simulated time
    fn cost(&self, shape: &Shape, firing_rate_hz: f64) -> Cost;
    /// Layouts that give equal bits on a device for which `usual` is one; `usual` is the first.
    fn variants(&self, usual: &KernelOptions) -> Vec<KernelOptions> {
        vec![*usual]
    }
    /// Individuals a workgroup serves.
    fn individuals_per_workgroup(&self) -> usize {
        1
    }
    /// Returns where a search over real parameters begins, `[n_params]` in the order of `theta`, drawn under `key`; a
    /// bit network is searched through real numbers that are cut at 0.
    fn initial(&self, shape: &Shape, key: Key) -> Vec<f64>;
    /// Parameters.
    fn n_params(&self, shape: &Shape) -> usize {
        self.tensors(shape).iter().map(|tensor| tensor.rows * tensor.cols).sum()
    }
    /// Returns what a member is made of.
    fn genome(&self, shape: &Shape) -> Genome {
        Genome::whole(self.weights(), self.n_params(shape))
    }
    /// Words of `theta` a slot.
    fn n_words(&self, shape: &Shape) -> usize {
        self.genome(shape).n_words()
    }
}

/// Returns the network that a configuration asks for; a bilateral one needs the body's `mirror`.
pub fn build(config: &NetworkConfig, mirror: Option<Arc<Mirror>>) -> Box<dyn Network> {
    match config {
        NetworkConfig::Rsnn(rsnn) => Box::new(rsnn::RsnnSpec { mirror, ..rsnn.into() }),
        NetworkConfig::RsnnF32(rsnn) => Box::new(rsnn_f32::RsnnF32Spec::from(rsnn).mirrored(mirror)),
        NetworkConfig::Gru(gru) => Box::new(rate::RateSpec { mirror, ..gru.into() }),
        NetworkConfig::Lstm(lstm) => Box::new(rate::RateSpec { mirror, ..lstm.into() }),
        NetworkConfig::Rnn(rnn) => Box::new(rate::RateSpec { mirror, ..rnn.into() }),
        NetworkConfig::Mlp(mlp) => Box::new(rate::RateSpec { mirror, ..mlp.into() }),
        NetworkConfig::Reservoir(reservoir) => Box::new(reservoir::ReservoirSpec::from(reservoir)),
    }
}
