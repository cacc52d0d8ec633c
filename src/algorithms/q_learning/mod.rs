//! Independent learners of the values of actions, each with a TickNet on a pole of its own: deep Q-learning (`dqsn`),
//! and an agent at every synapse (`synapses`). A workgroup is a learner; nothing passes from one to another, so that
//! none depends on how many there are.

mod dqsn;
mod groups;
mod synapses;

pub use groups::{Group, Groups};

use serde::{Deserialize, Serialize};

use crate::{
    config::{AgentModel, AlgorithmConfig, Config, NetworkConfig, TickNetConfig},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        q_records::QLearner,
        random::{Key, Stream, stream_key},
        wgsl::{ComposeError, Constants, compose, shader},
    },
    networks::{IoDims, tick_net::TickNetSpec},
};

/// Transitions in a minibatch.
pub const BATCH: usize = 128;
/// Sizes of CartPole.
const CARTPOLE: IoDims = IoDims { d_obs: 4, d_act: 2 };
/// Distance between the seeds of learners in consecutive run seeds.
const SEEDS_APART: u64 = 1 << 16;

/// A learner, as `learners.json` describes it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QEntry {
    /// Seed of all that it draws.
    pub seed: u64,
    /// Hidden neurons.
    pub width: u32,
    /// Knowledge of its agents; `None` for deep Q-learning.
    pub model: Option<AgentModel>,
}

impl QEntry {
    /// Returns the number of its network's parameters, each of which has an agent if it learns by agents.
    pub fn parameters(&self) -> usize {
        7 * self.width as usize + 2
    }
}

/// A buffer of what goes on from generation to generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QTensor {
    /// Buffer that holds it.
    pub id: BufferId,
    /// Name in checkpoints.
    pub name: &'static str,
    /// True for u32, false for f32.
    pub whole: bool,
    /// Words of all learners.
    pub words: usize,
}

/// A way in which learners learn. Plain data.
pub trait QLearning {
    /// Returns the settings of every learner; seeds vary fastest.
    fn entries(&self) -> Vec<QEntry>;
    /// Returns the parameters of every learner in kernels.
    fn records(&self) -> Vec<QLearner>;
    /// Composes the kernel `q.learn`.
    fn kernel(&self, lanes: usize) -> Result<Kernel, ComposeError>;
    /// Returns the tensors that go on, besides the progress.
    fn tensors(&self) -> Vec<QTensor>;
    /// Returns the words of a tensor before the first generation.
    fn initial(&self, tensor: &QTensor) -> Vec<u32>;
    /// Returns the number of environment steps after which a dispatch may end within a generation; `None` if it never
    /// does.
    fn chunk(&self) -> Option<u32>;
    /// Composes the kernel `q.judge`, which plays greedy episodes.
    fn judge_kernel(&self, lanes: usize) -> Result<Kernel, ComposeError>;
    /// Returns the words of a network in [`Self::networks`].
    fn network_words(&self) -> usize;
    /// Returns true if `q.learn` plays greedy episodes too, in every generation.
    fn judges_itself(&self) -> bool;
    /// Returns the networks of all learners whose greedy episodes tell something, by name, the newest first:
    /// `[learners][words]`. `tensors` are those of [`Self::tensors`] after so many generations.
    fn networks(&self, tensors: &[Vec<u32>], generations: u32) -> Vec<(&'static str, Vec<f32>)>;
}

/// Settings that all learners share.
#[derive(Debug, Clone)]
struct Common {
    net: TickNetSpec,
    widths: Vec<u32>,
    seeds: u32,
    first_seed: u64,
    /// Frames of the longest episode.
    cap: usize,
    /// Greedy episodes.
    starts: usize,
}

impl Common {
    fn new(config: &Config, net: &TickNetConfig, widths: &[u32], seeds: u32) -> Self {
        let widths = if widths.is_empty() { vec![net.units] } else { widths.to_vec() };
        let units = widths.iter().copied().max().unwrap_or(net.units) as usize;
        Self {
            net: TickNetSpec { units, ..net.into() },
            widths,
            seeds,
            first_seed: config.seed.wrapping_mul(SEEDS_APART),
            cap: config.task.episode_length() as usize,
            starts: config.evaluation.episodes as usize,
        }
    }

    fn entries(&self, models: &[Option<AgentModel>]) -> Vec<QEntry> {
        let seeds = || (0..u64::from(self.seeds)).map(|offset| self.first_seed.wrapping_add(offset));
        let of = |model: Option<AgentModel>, width: u32| seeds().map(move |seed| QEntry { seed, width, model });
        models.iter().flat_map(|model| self.widths.iter().flat_map(move |width| of(*model, *width))).collect()
    }

    fn key(entry: &QEntry) -> Key {
        stream_key(entry.seed, Stream::QLearner)
    }

    /// Draws the network of `entry`, with the padding of `shaders/algorithms/q_learning/net.wgsl`.
    fn draw(&self, entry: &QEntry) -> Vec<f32> {
        let mut words = self.net.draw(&CARTPOLE, entry.width as usize, stream_key(entry.seed, Stream::Initial));
        words.resize(self.net_words(), 0.0);
        words
    }

    fn judge_kernel(&self, lanes: usize, zero_first: bool) -> Result<Kernel, ComposeError> {
        composed(PassId::QJudge, "judge", "judge", &self.constants(lanes, zero_first))
    }

    fn net_words(&self) -> usize {
        7 * self.net.units + 4
    }

    /// Returns the constants of `net.wgsl`.
    fn constants(&self, lanes: usize, zero_first: bool) -> Constants {
        let constants = self.net.constants().uint("LANES", lanes).uint("CAP", self.cap).uint("STARTS", self.starts);
        constants.uint("ZERO_FIRST", usize::from(zero_first)).uint("NET", self.net_words())
    }
}

/// Settings of the learning itself, whatever learns.
struct Learning {
    discount: f64,
    /// Probability of an action at random: at the start, in the end, and the time of its fall.
    epsilon: [f64; 3],
    learning_rate: f64,
    replay: u32,
}

impl Learning {
    /// Adds the constants of `learning.wgsl`, and those of the replay.
    fn constants(&self, constants: Constants) -> Constants {
        constants
            .uint("BATCH", BATCH)
            .uint("REPLAY", self.replay as usize)
            .float("DISCOUNT", self.discount as f32)
            .float("EPSILON_FROM", self.epsilon[0] as f32)
            .float("EPSILON_TO", self.epsilon[1] as f32)
            .float("EPSILON_DECAY", self.epsilon[2] as f32)
            .float("LEARNING_RATE", self.learning_rate as f32)
    }
}

fn composed(id: PassId, name: &str, entry: &'static str, constants: &Constants) -> Result<Kernel, ComposeError> {
    let label = format!("algorithms/q_learning/{name}");
    Ok(Kernel::new(id, &compose(&label, shader(&label).unwrap_or_default(), constants)?, entry))
}

/// Returns the learners of a configuration; `None` if it asks for none.
pub fn learners(config: &Config) -> Option<Box<dyn QLearning>> {
    let NetworkConfig::TickNet(net) = &config.network else { return None };
    match &config.algorithm {
        AlgorithmConfig::Dqsn(settings) => Some(Box::new(dqsn::Dqsn::new(config, net, settings))),
        AlgorithmConfig::SynapseAgents(settings) => Some(Box::new(synapses::SynapseAgents::new(config, net, settings))),
        _ => None,
    }
}
