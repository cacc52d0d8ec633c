//! Algorithms: `ask`, what the members are drawn from, before the rollout; `tell`, what the ranks teach, after it.

pub mod ec;
pub mod es;
mod layout;
pub mod optimizer;
pub mod shaping;
pub mod signal;

pub use layout::Layout;

use optimizer::Optimizer;

use crate::{
    config::AlgorithmConfig,
    kernel::{
        cost::Assumptions,
        entry::{Kernel, PassId},
        genome::Genome,
        wgsl::ComposeError,
    },
};

/// What is learnt, and the memory of the step rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Learner {
    /// The parameters of the distribution, `[n_params]` in the order of `theta`.
    pub params: Vec<f64>,
    /// Step rule with its memory.
    pub optimizer: Optimizer,
}

/// Which networks the sampling kernel draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// The members of a generation.
    Members,
    /// The one deterministic network at the distribution's centre, in every slot.
    Centre,
}

/// How a checkpoint names the parameters, and what they may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Prefix of the tensors: `rho`.
    pub name: &'static str,
    /// Whether they are probabilities, in [0, 1].
    pub probability: bool,
}

/// Statistics of the distribution; NaN where they have no meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// Mean entropy of a connection, bits.
    pub entropy_bits: f64,
    /// Mean probability of a connection.
    pub density: f64,
}

/// What one entry of the buffer `gradient` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sums {
    /// `i32`, exact.
    Integers,
    /// `f32`, added in the order of members.
    Floats,
}

/// The kernels of an algorithm.
#[derive(Debug, Clone)]
pub struct AlgorithmKernels {
    /// `algorithm.sample`: the networks of all fresh slots.
    pub sample: Kernel,
    /// Those that [`Algorithm::tell_passes`] names, in their order.
    pub tell: Vec<Kernel>,
}

/// A dispatch: name of the kernel, workgroups.
pub type Dispatch = (PassId, [u32; 3]);

/// An algorithm, ready to give its kernels. Plain data; what it learns is a [`Learner`].
pub trait Algorithm {
    /// Name in configurations and reports: `ec`.
    fn name(&self) -> &'static str;
    /// Members per generation.
    fn population(&self) -> usize;
    /// Returns what the parameters are called.
    fn symbol(&self) -> Symbol;
    /// Returns whether it evolves networks of such a genome; configurations in which it does not are refused where they
    /// are read.
    fn evolves(&self, genome: &Genome) -> bool;
    /// Returns the state before the first generation; `initial` are the network's own initial parameters `[n_params]`.
    fn start(&self, genome: &Genome, initial: &dyn Fn() -> Vec<f64>) -> Learner;
    /// Rank of the perturbations, where members are mean and factors instead of parameters.
    fn rank(&self) -> Option<usize> {
        None
    }
    /// Words of the buffer `noise`.
    fn noise_words(&self, _: &Genome) -> usize {
        0
    }
    /// Composes the kernels.
    fn kernels(&self, genome: &Genome, layout: &Layout) -> Result<AlgorithmKernels, ComposeError>;
    /// Words of the buffer `distribution`.
    fn distribution_words(&self, genome: &Genome) -> usize;
    /// Writes what the sampling kernel draws from into `words`, all of them.
    fn encode(&self, genome: &Genome, params: &[f64], draw: Draw, words: &mut Vec<u32>);
    /// Invocations of `algorithm.sample` for one network.
    fn sample_invocations(&self, genome: &Genome) -> usize;
    /// Members whose utilities a dispatch of the gradient takes, where `theta` holds `places`: what the buffer
    /// `utility` holds.
    fn block(&self, places: usize) -> usize;
    /// Members whose sums the buffer `gradient` can hold.
    fn reading(&self) -> usize;
    /// Returns what an entry of that buffer is.
    fn sums(&self) -> Sums;
    /// Returns the dispatches that add a block of `members` to the buffer `gradient`; `resident`: their networks are in
    /// `theta`, member `k` in place `k`.
    fn tell_passes(&self, genome: &Genome, layout: &Layout, members: usize, resident: bool) -> Vec<Dispatch>;
    /// Returns what a kernel's text leaves open of its cost, and how many of its invocations a member takes; `None`:
    /// not its kernel.
    fn pass_cost(&self, kernel: PassId, genome: &Genome) -> Option<(Assumptions, f64)>;
    /// Moves `learner` by the sums `gradient`, `[n_params]` and whatever pads them, over a whole generation; returns
    /// the norm of the change.
    fn tell(&self, learner: &mut Learner, gradient: &[f64]) -> f64;
    /// Statistics of the distribution.
    fn statistics(&self, params: &[f64]) -> Statistics;
}

/// Returns the algorithm that a configuration asks for; `None`: none that evolves, but forward sensitivities.
pub fn build(config: &AlgorithmConfig) -> Option<Box<dyn Algorithm>> {
    Some(match config {
        AlgorithmConfig::Ec(config) => Box::new(ec::Ec::new(config)),
        AlgorithmConfig::Es(config) => Box::new(es::Es::new(config)),
        AlgorithmConfig::ForwardSensitivity(_) => return None,
    })
}
