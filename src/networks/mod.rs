//! Networks: how an observation becomes an action, and which 1-bit connections are evolved.

use crate::{
    config::NetworkConfig,
    plan::{build::PlanError, kernel::Kernel, wgsl::ComposeError},
};

/// Sizes a network's kernels are composed for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Members evaluated at once.
    pub n_slots: usize,
    /// Invocations a workgroup should have at least.
    pub workgroup: usize,
    /// Normalised observations are clipped to `+-clip`.
    pub clip: f32,
}

/// The two kernels of a network.
#[derive(Debug, Clone)]
pub struct NetworkKernels {
    /// `network.reset`: states of all slots in use at the start of an episode.
    pub reset: Kernel,
    /// `network.step`: one environment step of every living slot.
    pub step: Kernel,
    /// Slots that a workgroup of `network.step` serves.
    pub slots_per_group: usize,
    /// Slots that a workgroup of `network.reset` serves.
    pub slots_per_reset_group: usize,
}

/// A named matrix among the parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name after `rho.`: `hidden`.
    pub name: &'static str,
    /// Rows as the checkpoint has them: presynaptic.
    pub rows: usize,
    /// Columns: postsynaptic.
    pub cols: usize,
    /// First parameter.
    pub offset: usize,
    /// Whether the parameters are stored column by column.
    pub transposed: bool,
}

/// A network, ready to give its kernels. `d_obs` and `d_act` are those of its task.
pub trait Network {
    /// Name in reports: `rsnn`.
    fn name(&self) -> &str;
    /// 1-bit parameters, a multiple of 32.
    fn n_params(&self) -> usize;
    /// Hidden neurons.
    fn n_neurons(&self) -> usize;
    /// Words of `network_state` a slot.
    fn state_words(&self) -> usize;
    /// Neural time of one environment step, s.
    fn step_seconds(&self) -> f64;
    /// The parameters as named matrices, in the order of their offsets.
    fn tensors(&self) -> Vec<Tensor>;
    /// Composes the kernels.
    fn kernels(&self, shape: &Shape) -> Result<NetworkKernels, ComposeError>;
}

/// The network that a configuration asks for, between `d_obs` observations and `d_act` actions.
///
/// Errors: a network that cannot be built.
pub fn build(config: &NetworkConfig, d_obs: usize, d_act: usize) -> Result<Box<dyn Network>, PlanError> {
    match config {
        NetworkConfig::Rsnn(_) => {
            Err(PlanError::Part(format!("no network for {d_obs} observations and {d_act} actions yet")))
        }
    }
}
