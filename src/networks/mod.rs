//! Networks: they turn an observation into an action, and define the parameters that evolution may set.

pub mod enu;
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
pub mod tick_net;
mod value;

pub use crate::kernel::genome::Weights;
pub use value::value_initial;

use std::sync::Arc;

use crate::{
    config::{Family, NetworkConfig},
    kernel::{
        buffers::BufferId,
        cost::Cost,
        descent::{Actions, Connections, ReadOut, Sizes},
        device::DeviceTraits,
        entry::{Kernel, PassId},
        genome::{Factors, Genome},
        mirror::Mirror,
        random::Key,
        wgsl::{ComposeError, Module},
    },
};

/// Interface sizes that a network's kernels are composed for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IoDims {
    /// Length of an observation.
    pub d_obs: usize,
    /// Length of an action.
    pub d_act: usize,
}

impl IoDims {
    /// Adds the memory traffic of a step of any network, apart from its parameters; its state has `state_words`
    /// words.
    fn charge(&self, cost: &mut Cost, state_words: usize) {
        let (d_obs, state) = (self.d_obs as f64, 4.0 * state_words as f64);
        cost.read(BufferId::Obs, 4.0 * d_obs);
        cost.read(BufferId::Normaliser, 8.0 * d_obs);
        cost.read(BufferId::NetworkState, state);
        cost.write(BufferId::NetworkState, state);
        cost.write(BufferId::Action, 4.0 * self.d_act as f64);
    }
}

/// Layout of kernels on a device; results for different settings differ only by rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkLaunch {
    /// Invocations per individual: 8 on a software driver, 32 or 64 on a GPU. A power of two, at least 8.
    pub lanes: usize,
    /// Lanes per subgroup; 0 without subgroup operations or without a single fixed size.
    pub subgroup: usize,
    /// Bound on the magnitude of normalised observations.
    pub normaliser_clip: f32,
    /// Bound on the magnitude of an action.
    pub action_bound: f32,
    /// Individuals with the same parameters that usually stand side by side: the episodes of a member.
    pub neighbours: usize,
}

/// Bound on actions that a body takes.
pub const BOUNDED: f32 = 1.0;
/// Bound on outputs of which a density or a choice is made.
pub const UNBOUNDED: f32 = 3e38;

/// Kernels of a network's gradients, which follow the loss over a minibatch of sequences.
#[derive(Debug, Clone)]
pub struct GradientKernels {
    /// `ppo.forward`, with its workgroups.
    pub forward: (Kernel, [u32; 3]),
    /// `ppo.backward` and what follows it, with their workgroups.
    pub backward: Vec<(Kernel, [u32; 3])>,
    /// Units of a vector on the tape.
    pub units: usize,
    /// Vectors of units per step on the tape; the first one is read out.
    pub vectors: usize,
    /// How outputs are read out.
    pub read_out: ReadOut,
    /// What a network of bits adds.
    pub bits: Option<OfBits>,
    /// Buffers of its own.
    pub buffers: Vec<(BufferId, u64)>,
}

/// What the gradients of a network of bits need: real parameters stand for its connections, straight through the
/// threshold.
#[derive(Debug, Clone)]
pub struct OfBits {
    /// Connections, which the gradients' kernels read as numbers.
    pub connections: Connections,
    /// Kernels that act with connections as numbers: the same sums as in the forward pass, to the last bit.
    pub acting: NetworkKernels,
}

/// The two kernels of a network; each workgroup handles [`Network::individuals_per_workgroup`] individuals.
#[derive(Debug, Clone)]
pub struct NetworkKernels {
    /// Kernel `network.reset`: sets the initial state of all fresh slots.
    pub reset: Kernel,
    /// Kernel `network.step`: advances every living slot by one environment step.
    pub step: Kernel,
}

impl NetworkKernels {
    /// Returns the kernels `network_reset` and `network_step` of `module`, both defined in `networks/entry.wgsl`.
    pub fn of(module: &Arc<Module>) -> Self {
        Self {
            reset: Kernel::new(PassId::NetworkReset, module, "network_reset"),
            step: Kernel::new(PassId::NetworkStep, module, "network_step"),
        }
    }
}

/// One tensor of a network's parameters. Tensors are stored in `theta` in the order of [`Network::tensors`], each in
/// row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name in checkpoints, without the prefix: `hidden`.
    pub name: &'static str,
    /// Rows as stored in `theta`.
    pub rows: usize,
    /// Parameters per row, as stored in `theta`.
    pub cols: usize,
    /// True if `theta` stores the transpose of the checkpoint's tensor, which is `[cols, rows]`.
    pub transposed: bool,
    /// True if `theta` stores four rows at a time, `[rows / 4][cols][4]`.
    pub by_fours: bool,
}

/// A network that can compose its kernels. Plain data.
pub trait Network {
    /// Returns the name in configurations and reports: `rsnn`.
    fn name(&self) -> &'static str;
    /// Returns the representation of a parameter.
    fn weights(&self) -> Weights;
    /// Returns the tensors of the parameters, in the order of storage.
    fn tensors(&self, shape: &IoDims) -> Vec<Tensor>;
    /// Returns the 32-bit words of `network_state` per slot.
    fn state_words(&self, shape: &IoDims) -> usize;
    /// Returns the number of neurons that can spike, the denominator of firing rates; 0 if nothing spikes.
    fn n_neurons(&self) -> usize;
    /// Returns the simulated time per environment step, in ms.
    fn step_ms(&self) -> f64;
    /// Composes the kernels for members of `genome`: [`Self::genome`], with or without the factors of this network.
    ///
    /// Errors: a missing or malformed shader file (a bug).
    fn kernels(&self, shape: &IoDims, genome: &Genome, options: &NetworkLaunch)
    -> Result<NetworkKernels, ComposeError>;
    /// Returns the low-rank layout of perturbations; `None` if the network does not support it.
    fn factors(&self, _: &IoDims, _rank: usize) -> Option<Factors> {
        None
    }
    /// Composes the kernels of its gradients for a network that `launch` lays out; `None` if it has none.
    fn gradients(
        &self,
        _: &Sizes,
        _launch: &NetworkLaunch,
        _device: DeviceTraits,
    ) -> Option<Result<GradientKernels, ComposeError>> {
        None
    }
    /// Returns the words per sequence of `bptt` steps that gradients keep.
    fn tape_words(&self, _: &IoDims, _bptt: usize) -> usize {
        0
    }
    /// Returns the cost of one environment step of one individual.
    ///
    /// - `firing_rate_hz`: mean over neurons, Hz of simulated time
    fn cost(&self, shape: &IoDims, firing_rate_hz: f64) -> Cost;
    /// Returns layouts with bit-identical results on a device that can use `usual`, which comes first.
    fn variants(&self, usual: &NetworkLaunch) -> Vec<NetworkLaunch> {
        vec![*usual]
    }
    /// Returns the number of individuals per workgroup of kernels that `launch` lays out.
    fn individuals_per_workgroup(&self, _: &IoDims, _launch: &NetworkLaunch) -> usize {
        1
    }
    /// Checks that the network has a place for all observations and actions.
    ///
    /// Errors: what has none, in words.
    fn fits(&self, _: &IoDims) -> Result<(), String> {
        Ok(())
    }
    /// Returns the bound on `actions`, which is `usual` for most networks.
    fn action_bound(&self, usual: f32, _actions: Actions) -> f32 {
        usual
    }
    /// Returns the start of a search over real parameters, `[n_params]` in the order of `theta`, drawn under `key`.
    /// For a network of bits, the search uses real numbers thresholded at 0.
    fn initial(&self, shape: &IoDims, key: Key) -> Vec<f64>;
    /// Returns the number of parameters.
    fn n_params(&self, shape: &IoDims) -> usize {
        self.tensors(shape).iter().map(|tensor| tensor.rows * tensor.cols).sum()
    }
    /// Returns the layout of a member's parameters.
    fn genome(&self, shape: &IoDims) -> Genome {
        Genome::whole(self.weights(), self.n_params(shape))
    }
    /// Returns the words of `theta` per slot.
    fn n_words(&self, shape: &IoDims) -> usize {
        self.genome(shape).n_words()
    }
}

/// Returns the bound on actions of a network whose best output is to be known, or that a body takes as they are. A
/// policy's logits may grow beyond 1.
pub fn action_bound(family: Family, actions: Actions) -> f32 {
    if family == Family::Policy && actions == Actions::Discrete { UNBOUNDED } else { BOUNDED }
}

/// Builds the network of a configuration; a bilateral one needs the body's `mirror`.
pub fn build(config: &NetworkConfig, mirror: Option<Arc<Mirror>>) -> Box<dyn Network> {
    match config {
        NetworkConfig::Rsnn(rsnn) => Box::new(rsnn::RsnnSpec { mirror, ..rsnn.into() }),
        NetworkConfig::RsnnF32(rsnn) => Box::new(rsnn_f32::RsnnF32Spec::from(rsnn).mirrored(mirror)),
        NetworkConfig::Gru(gru) => Box::new(rate::RateSpec { mirror, ..gru.into() }),
        NetworkConfig::Lstm(lstm) => Box::new(rate::RateSpec { mirror, ..lstm.into() }),
        NetworkConfig::Rnn(rnn) => Box::new(rate::RateSpec { mirror, ..rnn.into() }),
        NetworkConfig::Mlp(mlp) => Box::new(rate::RateSpec { mirror, ..mlp.into() }),
        NetworkConfig::Reservoir(reservoir) => Box::new(reservoir::ReservoirSpec::from(reservoir)),
        NetworkConfig::TickNet(net) => Box::new(tick_net::TickNetSpec::from(net)),
        NetworkConfig::Enu(enu) => Box::new(enu::single::EnuSpec::from(enu)),
        NetworkConfig::EnuNetwork(net) => Box::new(enu::network::EnuNetworkSpec::from(net)),
    }
}
