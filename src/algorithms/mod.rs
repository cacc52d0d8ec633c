//! Algorithms: `encode` gives the distribution to draw from before the rollout, `tell` learns from the ranks after
//! it.

pub mod centre;
pub mod ec;
pub mod es;
mod layout;
pub mod optimizer;
pub mod ppo;
pub mod q_learning;
pub mod shaping;
pub mod signal;

pub use layout::AlgorithmLaunch;

use optimizer::Optimizer;
use shaping::Shaping;

use crate::{
    config::AlgorithmConfig,
    kernel::{
        cost::Assumptions,
        entry::{Kernel, PassId},
        genome::Genome,
        wgsl::ComposeError,
    },
};

/// Learnt parameters, and the memory of the step rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Learner {
    /// Parameters of the distribution, `[n_params]` in the order of `theta`.
    pub params: Vec<f64>,
    /// Step rule with its memory.
    pub optimizer: Optimizer,
}

/// Choice of the networks that the sampling kernel draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// The members of a generation.
    Members,
    /// The deterministic network at the distribution's centre, in every slot.
    Centre,
}

/// Name and kind of the parameters in a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Prefix of the tensors: `rho`.
    pub name: &'static str,
    /// True if they are probabilities, in [0, 1].
    pub probability: bool,
}

/// Statistics of the distribution; NaN if they have no meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// Mean entropy per connection, in bits.
    pub entropy_bits: f64,
    /// Mean probability of a connection.
    pub density: f64,
}

/// Representation of an entry of the buffer `gradient`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sums {
    /// `i32`, exact.
    Integers,
    /// `f32`, added in the order of members.
    Floats,
}

/// A dispatch: role of the kernel, workgroups.
pub type Dispatch = (PassId, [u32; 3]);

/// Source of networks: it draws their parameters from what has been learnt. Plain data; the learnt state is a
/// [`Learner`].
pub trait Algorithm {
    /// Returns the name in configurations and reports: `ec`.
    fn name(&self) -> &'static str;
    /// Returns the name and kind of the parameters.
    fn symbol(&self) -> Symbol;
    /// Returns true if it can train networks of such a genome; configurations where it cannot are refused when they
    /// are read.
    fn trains(&self, genome: &Genome) -> bool;
    /// Returns the state before the first generation; `initial` gives the network's initial parameters `[n_params]`.
    fn start(&self, genome: &Genome, initial: &dyn Fn() -> Vec<f64>) -> Learner;
    /// Returns the rank of the perturbations, if members are stored as a mean and factors.
    fn rank(&self) -> Option<usize> {
        None
    }
    /// Composes the kernel `algorithm.sample`, which draws the networks of all fresh slots.
    fn sample_kernel(&self, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Kernel, ComposeError>;
    /// Returns the words of the buffer `distribution`.
    fn distribution_words(&self, genome: &Genome) -> usize;
    /// Writes all the words of the distribution for the sampling kernel into `words`.
    fn encode(&self, genome: &Genome, params: &[f64], draw: Draw, words: &mut Vec<u32>);
    /// Returns the invocations of `algorithm.sample` per network.
    fn sample_invocations(&self, genome: &Genome) -> usize;
    /// Returns the assumptions about the cost of `algorithm.sample`, and its invocations per member.
    fn sample_cost(&self, genome: &Genome) -> (Assumptions, f64);
    /// Returns the statistics of the distribution.
    fn statistics(&self, _: &[f64]) -> Statistics {
        Statistics { entropy_bits: f64::NAN, density: f64::NAN }
    }
    /// Returns the part that ranks members and learns from the ranks; `None` if it learns in another way.
    fn evolution(&self) -> Option<&dyn Evolution> {
        None
    }
}

/// Algorithm that evolves: it learns from the ranks of a population of networks.
pub trait Evolution: Algorithm {
    /// Returns the number of members per generation.
    fn population(&self) -> usize;
    /// Returns how returns become utilities.
    fn shaping(&self) -> Shaping {
        Shaping::Centred
    }
    /// Returns the words of the buffer `noise`.
    fn noise_words(&self, _: &Genome) -> usize {
        0
    }
    /// Composes the kernels that [`Self::tell_passes`] names, in their order.
    fn tell_kernels(&self, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Vec<Kernel>, ComposeError>;
    /// Returns the number of members per gradient dispatch if `theta` has `places` places; the buffer `utility` holds
    /// as many.
    fn block(&self, places: usize) -> usize;
    /// Returns the number of members that the buffer `gradient` can sum between two reads.
    fn reading(&self) -> usize;
    /// Returns the representation of that buffer's entries.
    fn sums(&self) -> Sums;
    /// Returns the dispatches that add a block of `members` to the buffer `gradient`. If `resident`, their networks
    /// are in `theta`, member `k` in place `k`.
    fn tell_passes(&self, genome: &Genome, launch: &AlgorithmLaunch, members: usize, resident: bool) -> Vec<Dispatch>;
    /// Returns the assumptions about a kernel's cost and its invocations per member; `None` if the kernel is not its
    /// own.
    fn pass_cost(&self, kernel: PassId, genome: &Genome) -> Option<(Assumptions, f64)>;
    /// Moves `learner` by the sums `gradient`, `[n_params]` and padding, over a whole generation; returns the norm of
    /// the change.
    fn tell(&self, learner: &mut Learner, gradient: &[f64]) -> f64;
}

/// Builds the algorithm of a configuration; `None` for independent learners.
pub fn build(config: &AlgorithmConfig) -> Option<Box<dyn Algorithm>> {
    Some(match config {
        AlgorithmConfig::Ec(config) => Box::new(ec::Ec::new(config)),
        AlgorithmConfig::Es(config) => Box::new(es::Es::new(config)),
        AlgorithmConfig::Ppo(_) => Box::new(centre::Centre::new(config.name())),
        AlgorithmConfig::ForwardSensitivity(_) | AlgorithmConfig::Dqsn(_) | AlgorithmConfig::SynapseAgents(_) => {
            return None;
        }
    })
}
