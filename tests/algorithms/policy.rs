//! Kernels of PPO against the oracle in f64 (`tests/support/gradients/`), which replays what a rollout recorded.

mod bits;
mod first_updates;
mod learning;

use gpu_ec::{
    Gpu, Selector,
    algorithms::ppo::LOSSES,
    config::{self, AlgorithmConfig, Source},
    kernel::{
        buffers::BufferId,
        device::DeviceTraits,
        ppo_records::{PpoFrame, ppo_flags},
    },
    plan::policy::PolicyPlan,
    run::policy::{Iteration, PolicyEngine, PolicyState},
};

/// A recorded rollout, and what the device made of its first minibatches.
pub struct Recorded {
    pub plan: PolicyPlan,
    pub learning_rate: f64,
    /// Parameters before each step, and after the last one.
    pub thetas: Vec<Vec<f32>>,
    /// The same as gradients descend them: what stands for the connections of a network of bits.
    pub descended: Vec<Vec<f32>>,
    /// Gradients of each step.
    pub gradients: Vec<Vec<f32>>,
    /// Parameters with which the last gradient was found.
    pub theta: Vec<f32>,
    pub obs: Vec<f32>,
    pub action: Vec<f32>,
    pub frames: Vec<PpoFrame>,
    pub values: Vec<f32>,
    pub state: Vec<u32>,
    pub order: Vec<u32>,
    pub gradient: Vec<f32>,
    pub losses: Vec<f32>,
    pub adam: Vec<f32>,
}

/// Sizes of every trial: eight environments, eight steps, sequences of four steps, two minibatches.
const ENVIRONMENTS: usize = 8;
const HORIZON: usize = 8;
const BPTT: usize = 4;
const SEQUENCES: usize = 8;

/// Way in which invocations share their work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// In subgroups, if the device has any.
    Subgroups,
    /// In memory only.
    Memory,
    /// In subgroups, on a device that binds so many bytes.
    Bound(u64),
}

impl Recorded {
    /// Lives an iteration of `network` on `task`, and takes so many steps by the settings `more`.
    pub fn new(exchange: Exchange, steps: usize, task: &str, network: &str, more: &str) -> Self {
        let scale = if network.starts_with("Rsnn(") { "" } else { "readout_scale: 1.0," };
        let text = format!(
            "(seed: 3, task: {task}, network: {network}, curriculum: None, evaluation: (episodes: 1), algorithm: Ppo(
            environments: {ENVIRONMENTS}, horizon: {HORIZON}, bptt: {BPTT}, minibatches: 2, epochs: 1, {scale} {more}))"
        );
        let config = config::load(Source::new("policy.ron", &text), &[]).expect("valid");
        let AlgorithmConfig::Ppo(settings) = &config.algorithm else { panic!("the text asks for Ppo") };
        let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
        let traits = gpu.adapter.traits();
        let traits = match exchange {
            Exchange::Subgroups => traits,
            Exchange::Memory => DeviceTraits { subgroup: 0, ..traits },
            Exchange::Bound(max_binding_bytes) => DeviceTraits { max_binding_bytes, ..traits },
        };
        let plan = PolicyPlan::new(&config, traits).expect("plans");
        let state = PolicyState::new(&config, settings, &plan);
        let mut engine = PolicyEngine::new(&gpu, plan, config.seed, 100).expect("compiles");
        let iteration =
            Iteration { number: 0, learning_rate: settings.learning_rate, reward_scale: 0.5, episode_cap: 5 };
        let (mut thetas, mut descended, mut gradients) = (vec![], vec![state.parameters.clone()], vec![]);
        for step in 1..=steps {
            engine.upload(&state, &iteration).expect("uploads");
            if step == 1 {
                thetas.push(engine.read(BufferId::Theta).expect("reads"));
            }
            assert!(engine.live(true, HORIZON, &|| true).expect("lives"), "nobody stops it");
            assert!(engine.learn(step, &|| true).expect("learns"), "nobody stops it");
            thetas.push(engine.read(BufferId::Theta).expect("reads"));
            descended.push(engine.read(engine.plan.descended()).expect("reads"));
            gradients.push(engine.read(BufferId::PpoGradient).expect("reads"));
        }
        let losses: Vec<f32> = engine.read(BufferId::PpoLosses).expect("reads");
        let order: Vec<u32> = engine.read(BufferId::PpoOrder).expect("reads");
        Self {
            learning_rate: settings.learning_rate,
            theta: thetas[steps - 1].clone(),
            gradient: gradients[steps - 1].clone(),
            losses: losses[LOSSES * (steps - 1)..].to_vec(),
            order: order[SEQUENCES * (steps - 1)..].to_vec(),
            thetas,
            descended,
            gradients,
            obs: engine.read(BufferId::PpoObs).expect("reads"),
            action: engine.read(BufferId::PpoAction).expect("reads"),
            frames: engine.read(BufferId::PpoFrame).expect("reads"),
            values: engine.read(BufferId::PpoValue).expect("reads"),
            state: engine.read(BufferId::PpoState).expect("reads"),
            adam: engine.read(BufferId::PpoAdam).expect("reads"),
            plan: engine.plan,
        }
    }

    /// Returns the sequences of the last minibatch: segment and environment.
    pub fn sequences(&self) -> impl Iterator<Item = (usize, usize)> {
        self.order[..SEQUENCES].iter().map(|s| (*s as usize / ENVIRONMENTS, *s as usize % ENVIRONMENTS))
    }

    /// Returns the row of step `t` of a sequence.
    pub fn row((segment, environment): (usize, usize), t: usize) -> usize {
        (segment * BPTT + t) * ENVIRONMENTS + environment
    }

    /// Returns the normalised observation of a row.
    pub fn seen(&self, row: usize) -> Vec<f64> {
        let d_obs = self.plan.ppo.sizes.d_obs;
        self.obs[row * d_obs..][..d_obs].iter().map(|x| f64::from(*x)).collect()
    }

    /// Returns true if an episode began with a step within its sequence.
    pub fn begins(&self, sequence: (usize, usize), t: usize) -> bool {
        t > 0 && self.frames[Self::row(sequence, t)].flags & ppo_flags::BEGAN != 0
    }

    /// Returns the network's parameters.
    pub fn policy(&self) -> Vec<f64> {
        self.theta[..self.plan.plan.n_params()].iter().map(|x| f64::from(*x)).collect()
    }

    /// Returns the words of a sequence's first state.
    pub fn start(&self, (segment, environment): (usize, usize)) -> &[u32] {
        let words = self.plan.plan.network.state_words(&self.plan.plan.io);
        &self.state[(segment * ENVIRONMENTS + environment) * words..][..words]
    }
}
