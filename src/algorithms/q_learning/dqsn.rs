//! Deep Q-learning of a spiking network: `Q = W_out^T omega(W_in^T x + b) + b_out (1 - 2^-ticks)` moves to
//! `r + gamma max Q_target(x')` by surrogate gradients.

use super::{Common, Learning, QEntry, QLearning, QTensor, composed};
use crate::{
    config::{Config, DqsnConfig, TickNetConfig},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        q_records::QLearner,
        wgsl::ComposeError,
    },
};

/// Sets of parameters, in this order: network, target, Adam's two moments, the network of the longest episode, the first
/// one.
const SETS: usize = 6;
const TARGET: usize = 1;
const MOMENTS: usize = 2;
const BEST: usize = 4;
const FIRST: usize = 5;
/// Environment steps of a learner in a dispatch: a tenth of a second on a software driver.
const CHUNK: u32 = 64;

/// Learners of a configuration.
pub struct Dqsn {
    common: Common,
    settings: DqsnConfig,
}

impl Dqsn {
    /// Returns the learners that `config` asks for.
    pub fn new(config: &Config, net: &TickNetConfig, settings: &DqsnConfig) -> Self {
        Self { common: Common::new(config, net, &settings.widths, settings.seeds), settings: settings.clone() }
    }
}

impl QLearning for Dqsn {
    fn entries(&self) -> Vec<QEntry> {
        self.common.entries(&[None])
    }

    fn records(&self) -> Vec<QLearner> {
        let record = |entry: &QEntry| QLearner { key: Common::key(entry), width: entry.width, ..QLearner::default() };
        self.entries().iter().map(record).collect()
    }

    fn kernel(&self, lanes: usize) -> Result<Kernel, ComposeError> {
        let settings = &self.settings;
        let learning = Learning {
            discount: settings.discount,
            epsilon: [settings.epsilon_from, settings.epsilon_to, settings.epsilon_steps],
            learning_rate: settings.learning_rate,
            replay: settings.replay,
        };
        let constants = learning
            .constants(self.common.constants(lanes, settings.zero_first))
            .uint("SETS", SETS)
            .uint("TARGET_SET", TARGET)
            .uint("MOMENTS_SET", MOMENTS)
            .uint("BEST_SET", BEST)
            .uint("TARGET_EPISODES", settings.target_episodes as usize)
            .float("TARGET_RATE", settings.target_rate.unwrap_or(0.0) as f32);
        composed(PassId::QLearn, "dqsn", "live", &constants)
    }

    fn tensors(&self) -> Vec<QTensor> {
        let learners = self.settings.learners() as usize;
        let entries = learners * self.settings.replay as usize;
        let of = |id, name, whole, words| QTensor { id, name, whole, words };
        vec![
            of(BufferId::QNets, "nets", false, learners * SETS * self.common.net_words()),
            of(BufferId::QStates, "replay.states", false, 4 * entries),
            of(BufferId::QTags, "replay.actions", true, entries),
        ]
    }

    fn initial(&self, tensor: &QTensor) -> Vec<u32> {
        if tensor.id != BufferId::QNets {
            return vec![0; tensor.words];
        }
        let sets = |entry: &QEntry| {
            let first = self.common.draw(entry);
            let none = vec![0.0; first.len()];
            [&first, &first, &none, &none, &first, &first].map(Clone::clone).concat()
        };
        self.entries().iter().flat_map(sets).map(f32::to_bits).collect()
    }

    fn chunk(&self) -> Option<u32> {
        Some(CHUNK)
    }

    fn judge_kernel(&self, lanes: usize) -> Result<Kernel, ComposeError> {
        self.common.judge_kernel(lanes, self.settings.zero_first)
    }

    fn network_words(&self) -> usize {
        self.common.net_words()
    }

    fn judges_itself(&self) -> bool {
        false
    }

    fn networks(&self, tensors: &[Vec<u32>], _: u32) -> Vec<(&'static str, Vec<f32>)> {
        let words = self.common.net_words();
        let of = |set: usize| {
            let learners = tensors[0].chunks_exact(SETS * words);
            learners.flat_map(|own| &own[set * words..][..words]).map(|word| f32::from_bits(*word)).collect()
        };
        vec![("last", of(0)), ("best", of(BEST)), ("untrained", of(FIRST))]
    }
}
