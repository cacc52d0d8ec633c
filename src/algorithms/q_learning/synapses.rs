//! An agent at every synapse: by one Q function for all, each moves its own weight, and all hear whether the network
//! lived longer than before.

use super::{Common, Learning, QEntry, QLearning, QTensor, composed};
use crate::{
    config::{AgentModel, AgentStep, Config, SynapseAgentsConfig, TickNetConfig},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        q_records::QLearner,
        random::{Stream, philox4x32, stream_key, uniform01},
        wgsl::ComposeError,
    },
};

/// Units of the Q function.
const UNITS: usize = 32;
/// Its inputs: two actions, two rewards, weight, place within the layer, layer.
const INPUTS: usize = 7;
/// Words of a unit: weights of the inputs, bias, weights to the three values.
const UNIT: usize = INPUTS + 4;
/// Words of the Q function, the last one being padding.
const CRITIC: usize = UNITS * UNIT + 4;
/// Iterations in the history beyond those of the transitions that are remembered.
const MARGIN: usize = 5;

/// Networks of a configuration.
pub struct SynapseAgents {
    common: Common,
    settings: SynapseAgentsConfig,
}

impl SynapseAgents {
    /// Returns the networks that `config` asks for.
    pub fn new(config: &Config, net: &TickNetConfig, settings: &SynapseAgentsConfig) -> Self {
        Self { common: Common::new(config, net, &settings.widths, settings.seeds), settings: settings.clone() }
    }

    /// Returns the iterations in the history of a network.
    fn rows(&self, entry: &QEntry) -> usize {
        (self.settings.replay as usize).div_ceil(entry.parameters()) + MARGIN
    }

    /// Returns the words of a network's history: weights, actions with rewards.
    fn history(&self, entry: &QEntry) -> [usize; 2] {
        let words = entry.parameters().div_ceil(16) + 1;
        [self.rows(entry) * entry.parameters(), self.rows(entry) * words]
    }

    /// Returns the history of a network before its first iteration: its first weights, in the order of its agents.
    fn begin(&self, entry: &QEntry) -> Vec<f32> {
        let (width, units) = (entry.width as usize, self.common.net.units);
        let net = self.common.draw(entry);
        let mut weights: Vec<f32> = (0..7).flat_map(|row| net[row * units..][..width].to_vec()).collect();
        weights.extend(&net[7 * units..][..2]);
        weights.resize(self.history(entry)[0], 0.0);
        weights
    }

    /// Returns the network whose agents have these weights, as bits.
    fn laid_out(&self, entry: &QEntry, weights: &[u32]) -> Vec<f32> {
        let (width, units) = (entry.width as usize, self.common.net.units);
        let mut net = vec![0.0; self.common.net_words()];
        for (agent, weight) in weights.iter().enumerate() {
            let row = agent / width;
            let place = if row < 7 { row * units + agent % width } else { 7 * units + agent - 7 * width };
            net[place] = f32::from_bits(*weight);
        }
        net
    }
}

/// Returns the inputs that agents of a model know, a bit each.
fn inputs(model: AgentModel) -> u32 {
    match model {
        AgentModel::M1 => 0b000_1111,
        AgentModel::M2 => 0b001_1111,
        AgentModel::M3 => 0b110_1111,
        AgentModel::M4 => 0b111_1111,
        AgentModel::M5 => 0b111_0000,
        AgentModel::Random | AgentModel::Still => 0,
    }
}

/// Draws the Q function of `entry`, its target and Adam's moments: parameters uniform within `1 / sqrt(inputs)` of their
/// layer, either way.
fn critic(entry: &QEntry) -> Vec<f32> {
    let key = stream_key(entry.seed, Stream::Initial);
    let known = inputs(entry.model.unwrap_or(AgentModel::Random)).count_ones().max(1);
    let inner = 1.0 / (known as f32).sqrt();
    let outer = 1.0 / (UNITS as f32).sqrt();
    let number = |at: usize| {
        let bound = if at < UNITS * UNIT && at % UNIT <= INPUTS { inner } else { outer };
        bound * (2.0 * uniform01(philox4x32([at as u32, 4, 0, 0], key)[0]) - 1.0)
    };
    let mut first: Vec<f32> = (0..CRITIC - 1).map(number).collect();
    first.push(0.0);
    [first.clone(), first, vec![0.0; 2 * CRITIC]].concat()
}

impl QLearning for SynapseAgents {
    fn entries(&self) -> Vec<QEntry> {
        let models = match &self.settings.models[..] {
            [] => &[AgentModel::M5],
            models => models,
        };
        self.common.entries(&models.iter().copied().map(Some).collect::<Vec<_>>())
    }

    fn records(&self) -> Vec<QLearner> {
        let (mut weights, mut actions) = (0, 0);
        let mut record = |entry: &QEntry| {
            let model = entry.model.unwrap_or(AgentModel::Random);
            let record = QLearner {
                key: Common::key(entry),
                width: entry.width,
                model: inputs(model),
                alpha: if model == AgentModel::Still { 0.0 } else { self.settings.alpha as f32 },
                rows: self.rows(entry) as u32,
                weights,
                actions,
            };
            let [more_weights, more_actions] = self.history(entry);
            (weights, actions) = (weights + more_weights as u32, actions + more_actions as u32);
            record
        };
        self.entries().iter().map(&mut record).collect()
    }

    fn kernel(&self, lanes: usize) -> Result<Kernel, ComposeError> {
        let settings = &self.settings;
        let learning = Learning {
            discount: settings.discount,
            epsilon: [settings.epsilon_from, settings.epsilon_to, settings.epsilon_iterations],
            learning_rate: settings.learning_rate,
            replay: settings.replay,
        };
        let constants = learning
            .constants(self.common.constants(lanes, false))
            .uint("UNITS_Q", UNITS)
            .uint("INPUTS", INPUTS)
            .uint("UNIT", UNIT)
            .uint("NET_Q", CRITIC)
            .uint("MINIBATCHES", settings.minibatches as usize)
            .uint("TARGET_ITERATIONS", settings.target_iterations as usize)
            .uint("MULTIPLIES", usize::from(settings.step == AgentStep::Multiplicative));
        composed(PassId::QLearn, "synapses", "iterate_agents", &constants)
    }

    fn tensors(&self) -> Vec<QTensor> {
        let entries = self.entries();
        let [weights, actions] = [0, 1].map(|part| entries.iter().map(|entry| self.history(entry)[part]).sum());
        let of = |id, name, whole, words| QTensor { id, name, whole, words };
        vec![
            of(BufferId::QNets, "q_function", false, 4 * CRITIC * entries.len()),
            of(BufferId::QWeights, "history.weights", false, weights),
            of(BufferId::QActions, "history.actions", true, actions),
            of(BufferId::QJudged, "judged", true, self.common.starts * entries.len()),
        ]
    }

    fn initial(&self, tensor: &QTensor) -> Vec<u32> {
        let entries = self.entries();
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect();
        match tensor.id {
            BufferId::QNets => bits(entries.iter().flat_map(critic).collect()),
            BufferId::QWeights => bits(entries.iter().flat_map(|entry| self.begin(entry)).collect()),
            _ => vec![0; tensor.words],
        }
    }

    fn chunk(&self) -> Option<u32> {
        None
    }

    fn judge_kernel(&self, lanes: usize) -> Result<Kernel, ComposeError> {
        self.common.judge_kernel(lanes, false)
    }

    fn network_words(&self) -> usize {
        self.common.net_words()
    }

    fn judges_itself(&self) -> bool {
        true
    }

    fn networks(&self, tensors: &[Vec<u32>], generations: u32) -> Vec<(&'static str, Vec<f32>)> {
        let entries = self.entries();
        let mut at = 0;
        let mut newest = |entry: &QEntry| {
            let row = at + generations as usize % self.rows(entry) * entry.parameters();
            at += self.history(entry)[0];
            self.laid_out(entry, &tensors[1][row..][..entry.parameters()])
        };
        let last = entries.iter().flat_map(&mut newest).collect();
        vec![("last", last), ("untrained", entries.iter().flat_map(|entry| self.common.draw(entry)).collect())]
    }
}
