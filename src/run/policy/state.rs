//! What an iteration leaves to the next: parameters, Adam's memory, statistics, and the environments as they stand.

use crate::{
    config::{Config, PpoConfig},
    kernel::{
        descent::Sizes,
        ppo_records::PpoEnvironment,
        random::{Stream, stream_key},
        records::EpisodeRecord,
    },
    networks::value_initial,
    plan::policy::PolicyPlan,
    run::{
        evolution::{normaliser::Normaliser, state::TrainState},
        policy::RewardScale,
        stop::Standing,
    },
};

/// Environments in the middle of their episodes, as their buffers hold them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Environments {
    /// `[state fields][environments]`.
    pub task_state: Vec<f32>,
    /// `[environments][state words]`.
    pub network_state: Vec<u32>,
    /// `[environments][d_obs]`.
    pub obs: Vec<f32>,
    /// `[terms][environments]`.
    pub terms: Vec<f32>,
    /// Running episodes.
    pub episodes: Vec<EpisodeRecord>,
    /// Sums of the running episodes.
    pub records: Vec<PpoEnvironment>,
}

/// State of a policy's training between two iterations.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyState {
    /// Iterations, frames and best evaluation so far.
    pub standing: Standing,
    /// Policy, head and value network, in the layout of `theta`. Those of a network of bits stand for connections.
    pub parameters: Vec<f32>,
    /// Adam's means, then squares, `[2][parameters]`.
    pub adam: Vec<f32>,
    /// `1 - beta^t` of Adam's two decays.
    pub adam_bias: [f32; 2],
    /// Statistics of the observations.
    pub normaliser: Normaliser,
    /// Statistics of the rewards.
    pub rewards: RewardScale,
    /// Environments; `None` before the first iteration.
    pub environments: Option<Environments>,
}

impl PolicyState {
    /// Returns the state before the first iteration. A read-out of numbers is scaled, so that first actions are near 0.
    pub fn new(config: &Config, settings: &PpoConfig, plan: &PolicyPlan) -> Self {
        let mut learnt = TrainState::new(config, &plan.plan);
        let scaled = plan.plan.matrices().into_iter().filter(|matrix| READ_OUTS.contains(&matrix.name));
        let scale = if plan.gradients.bits.is_some() { 1.0 } else { settings.readout_scale };
        for matrix in scaled {
            let params = &mut learnt.learner.params[matrix.offset..][..matrix.rows * matrix.cols];
            params.iter_mut().for_each(|param| *param *= scale);
        }
        Self::from(config, settings, plan, &learnt)
    }

    /// Returns the state of a run that begins with the policy and the normaliser of `learnt`, and with a new value
    /// network.
    pub fn from(config: &Config, settings: &PpoConfig, plan: &PolicyPlan, learnt: &TrainState) -> Self {
        let sizes = &plan.ppo.sizes;
        let mut parameters = vec![0.0; sizes.parameters()];
        put(&mut parameters, 0, &learnt.learner.params);
        put(&mut parameters, sizes.at_log_std(), &vec![settings.log_std; sizes.d_act]);
        let value = value_initial(sizes.d_obs, sizes.value_units, stream_key(config.seed, Stream::Initial));
        put(&mut parameters, sizes.at_value(), &value);
        Self {
            standing: Standing { frames: learnt.frames, ..Standing::default() },
            adam: vec![0.0; 2 * parameters.len()],
            parameters,
            adam_bias: [0.0; 2],
            normaliser: learnt.normaliser.clone(),
            rewards: RewardScale::default(),
            environments: None,
        }
    }

    /// Returns the policy and the normaliser as evaluations and checkpoints take them.
    pub fn learnt(&self, config: &Config, plan: &PolicyPlan) -> TrainState {
        let mut state = TrainState::blank(config, &plan.plan);
        let n_params = plan.plan.n_params();
        state.learner.params = self.parameters[..n_params].iter().map(|param| f64::from(*param)).collect();
        state.normaliser = self.normaliser.clone();
        (state.generation, state.frames) = (self.standing.generation, self.standing.frames);
        state.best_eval = self.standing.best_eval;
        state
    }

    /// Returns the logarithms of the actions' standard deviations.
    pub fn log_std(&self, sizes: &Sizes) -> &[f32] {
        &self.parameters[sizes.at_log_std()..][..sizes.d_act]
    }
}

/// Names of the tensors that are read out of a network's units.
const READ_OUTS: [&str; 3] = ["read_out", "bias_read_out", "output"];

fn put(parameters: &mut [f32], at: usize, values: &[f64]) {
    parameters[at..].iter_mut().zip(values).for_each(|(parameter, value)| *parameter = *value as f32);
}
