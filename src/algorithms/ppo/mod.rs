//! Proximal policy optimisation (Schulman et al., 2017) with generalised advantage estimation (Schulman et al., 2016):
//! the kernels that do not depend on the policy's network.
//!
//! A policy acts at random around the network's outputs. The network lives in all environments at once with one set of
//! parameters. Parameters of the network, of the head and of the value network follow each other in `theta`.

use std::sync::Arc;

use crate::{
    config::PpoConfig,
    kernel::{
        descent::{Actions, Blocks, Connections, Sizes, blocks_of_rows},
        device::DeviceTraits,
        entry::{Kernel, PassId},
        wgsl::{ComposeError, Constants, Module, compose, shader},
    },
    networks::GradientKernels,
};

/// Adam's decay of the mean.
const BETA1: f32 = 0.9;
/// Adam's decay of the squares.
const BETA2: f32 = 0.999;
/// Term that Adam adds to the root of the squares.
const EPSILON: f32 = 1e-5;
/// Bound on scaled rewards.
const REWARD_CLIP: f32 = 10.0;
/// Norm of a gradient beyond which no step follows it: it has exploded.
pub const LARGEST_NORM: f32 = 1e6;
/// Words of a minibatch's line in the buffer `ppo_losses`.
pub const LOSSES: usize = 8;

/// PPO for one network and task.
#[derive(Debug, Clone, PartialEq)]
pub struct Ppo {
    /// Settings.
    pub config: PpoConfig,
    /// Sizes.
    pub sizes: Sizes,
    /// Kind of actions.
    pub actions: Actions,
    /// Device that it runs on.
    pub device: DeviceTraits,
}

impl Ppo {
    /// Returns the kernels of a rollout's step: `ppo.observe`, `ppo.act`, `ppo.record`.
    ///
    /// - `state_words`: words of `network_state` per slot
    /// - `n_terms`: number of the task's terms
    pub fn rollout_kernels(
        &self,
        state_words: usize,
        n_terms: usize,
        normaliser_clip: f32,
    ) -> Result<[Kernel; 3], ComposeError> {
        let constants = self
            .constants()
            .uint("STATE_WORDS", state_words)
            .uint("N_TERMS", n_terms)
            .float("NORMALISER_CLIP", normaliser_clip);
        let kernel = |id, name| kernel(id, name, &constants);
        Ok([
            kernel(PassId::PpoObserve, "observe")?,
            kernel(PassId::PpoAct, "act")?,
            kernel(PassId::PpoRecord, "record")?,
        ])
    }

    /// Returns the kernels after a rollout: `ppo.values`, `ppo.advantage`.
    pub fn judging_kernels(&self) -> Result<[Kernel; 2], ComposeError> {
        let constants = self.constants();
        Ok([kernel(PassId::PpoValues, "values", &constants)?, kernel(PassId::PpoAdvantage, "advantage", &constants)?])
    }

    /// Returns the kernels of a minibatch that do not depend on the network's equations: `ppo.loss`,
    /// `ppo.value_learn`, `ppo.value_outer`, `ppo.reduce`, `ppo.adam`.
    pub fn update_kernels(&self, network: &GradientKernels) -> Result<[Kernel; 5], ComposeError> {
        let GradientKernels { read_out, units, vectors, bits, .. } = network;
        let read = |constants: Constants| {
            constants
                .uint("UNITS", *units)
                .uint("TAPE_VECTORS", *vectors)
                .uint("ROW_READ_OUT", read_out.first_row)
                .uint("AT_READ_OUT_BIAS", read_out.bias_at)
                .uint("READ_OUT_LANES", read_out.lanes)
                .uint("READ_OUT_SPREAD", usize::from(read_out.spread))
                .float("READ_OUT_FACTOR", read_out.factor)
        };
        let constants = read(self.constants());
        let loss = read(self.complete(self.sizes.wgsl_of_round(Constants::default())));
        let loss = match read_out.by_sequence {
            true => loss.import_instead("algorithms/ppo/layout", "algorithms/ppo/layout_by_sequence"),
            false => loss,
        };
        let adam = match bits {
            Some(bits) => connecting(constants.clone(), &bits.connections),
            None => constants.clone(),
        };
        let kernel = |id, name| kernel(id, name, &constants);
        let quads = self.sizes.value_units / 4;
        let value = self.value_blocks().wgsl(self.constants(), quads, self.sizes.at_value() / 4, self.device);
        Ok([
            self::kernel(PassId::PpoLoss, "loss", &loss)?,
            kernel(PassId::PpoValueLearn, "value_learn")?,
            Kernel::new(PassId::PpoValueOuter, &module("value_outer", &value)?, "outer"),
            kernel(PassId::PpoReduce, "reduce")?,
            self::kernel(PassId::PpoAdam, "adam", &adam)?,
        ])
    }

    /// Returns the kernel `ppo.connect`.
    pub fn connect_kernel(&self, connections: &Connections) -> Result<Kernel, ComposeError> {
        kernel(PassId::PpoConnect, "connect", &connecting(self.constants(), connections))
    }

    /// Returns the blocks of the value network's layers.
    pub fn value_blocks(&self) -> Blocks {
        let rows = self.sizes.value_parts();
        let first = (0..rows.len()).map(|part| rows[..part].iter().sum()).collect();
        Blocks::new(first, rows.to_vec())
    }

    /// Returns the kernel `ppo.next_round`.
    pub fn next_round_kernel(&self) -> Result<Kernel, ComposeError> {
        kernel(PassId::PpoNextRound, "next_round", &self.constants())
    }

    fn constants(&self) -> Constants {
        self.complete(self.sizes.wgsl(Constants::default()))
    }

    /// Adds what kernels need beside sizes.
    fn complete(&self, constants: Constants) -> Constants {
        let (config, sizes) = (&self.config, &self.sizes);
        let constants = constants
            .float("DISCOUNT", config.discount as f32)
            .float("GAE_LAMBDA", config.gae_lambda as f32)
            .float("REWARD_CLIP", REWARD_CLIP)
            .float("CLIP", config.clip as f32)
            .float("ENTROPY", config.entropy as f32)
            .float("VALUE_COEFFICIENT", config.value_coefficient as f32)
            .float("MAX_NORM", config.clip_norm as f32)
            .float("LARGEST_NORM", LARGEST_NORM)
            .float("BETA1", BETA1)
            .float("BETA2", BETA2)
            .float("EPSILON", EPSILON)
            .uint("VALUE_UNITS", sizes.value_units)
            .uint("AT_VALUE", sizes.at_value())
            .uint("AT_VALUE_BIAS", sizes.at_value() + sizes.value_rows() * sizes.value_units)
            .uint("N_PARAMETERS", sizes.parameters())
            .uint("N_QUADS", sizes.parameters() / 4)
            .uint("VALUE_QUAD", sizes.at_value() / 4);
        let constants = blocks_of_rows(constants, sizes.value_units / 4, self.device);
        match self.actions {
            Actions::Continuous => constants,
            Actions::Discrete => constants
                .import_instead("algorithms/ppo/heads/gaussian", "algorithms/ppo/heads/categorical")
                .import_instead("algorithms/ppo/heads/draw_gaussian", "algorithms/ppo/heads/draw_categorical"),
        }
    }
}

/// Adds the connections for which real parameters stand.
fn connecting(constants: Constants, connections: &Connections) -> Constants {
    constants
        .uint("LINES", connections.lines)
        .uint("CONNECTED", connections.neurons)
        .uint("CONNECTED_EXC", connections.excitatory)
        .uint("CONNECTED_ROWS", connections.rows)
        .import_instead("algorithms/ppo/descended", "algorithms/ppo/descended_bits")
}

fn kernel(id: PassId, name: &'static str, constants: &Constants) -> Result<Kernel, ComposeError> {
    Ok(Kernel::new(id, &module(name, constants)?, name))
}

fn module(name: &str, constants: &Constants) -> Result<Arc<Module>, ComposeError> {
    let path = format!("algorithms/ppo/{name}");
    compose(&path, shader(&path).unwrap_or_default(), constants)
}
