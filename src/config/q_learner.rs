//! Algorithms that learn the values of actions: a spiking Q network, and an agent at every synapse.

use std::ops::Bound::{Excluded, Included};

use super::schema::{Range, choice, section};

/// Widths of the hidden layer that kernels have room for.
const WIDTHS: Range = Range::whole(1, 64);
/// Probabilities.
const SHARES: Range = Range::Real(Included(0.0), Included(1.0));

section! {
    /// Deep Q-learning of a spiking network by surrogate gradients (Zheng et al., Biomimetics 2026, strategy B, with the
    /// settings of SpikingJelly's example where the paper is silent). Every learner lives by itself, and a generation is
    /// an episode of each. There is a learner for each width and seed.
    pub struct DqsnConfig {
        /// Learners of each width that differ in all they draw.
        seeds: u32 = 8, "learners", Range::whole(1, 4096);
        /// Hidden neurons of the learners; empty: the network's.
        widths: Vec<u32> = vec![], "neurons", WIDTHS;
        /// Step size of Adam; 0 learns nothing, for comparison.
        learning_rate: f64 = 0.001, "", Range::NON_NEGATIVE;
        /// Factor of a reward per step that it lies ahead.
        discount: f64 = 0.999, "", SHARES;
        /// Probability of an action at random at the start.
        epsilon_from: f64 = 0.9, "", SHARES;
        /// Probability of an action at random in the end.
        epsilon_to: f64 = 0.05, "", SHARES;
        /// Steps in which the difference between both falls to 1/e.
        epsilon_steps: f64 = 200.0, "steps", Range::POSITIVE;
        /// Transitions that a learner remembers.
        replay: u32 = 10_000, "transitions", Range::whole(129, 1_000_000);
        /// Episodes between two copies to the target network.
        target_episodes: u32 = 10, "episodes", Range::whole(1, u32::MAX as u64);
        /// Share of the way to the network that the target network goes in every step, instead of whole copies; None
        /// for copies.
        target_rate: Option<f64> = None, "", Range::Real(Excluded(0.0), Included(1.0));
        /// Lets learners see zeros in place of the first observation of an episode, as the example does.
        zero_first: bool = true, "", Range::Any;
    }
}

choice! {
    /// Knowledge of the agent at a synapse: its last two actions a and rewards r, its weight w, its place (i, j).
    pub enum AgentModel {
        /// (a, a, r, r).
        M1,
        /// (a, a, r, r, w).
        M2,
        /// (a, a, r, r, i, j).
        M3,
        /// (a, a, r, r, w, i, j).
        M4,
        /// (w, i, j).
        M5,
        /// Actions at random: the control of all models.
        Random,
        /// No action at all: the network stays as it was drawn.
        Still,
    }
}

choice! {
    /// Effect of an agent's action on its weight.
    pub enum AgentStep {
        /// w + alpha a, with a of -1, 0 or 1.
        Additive,
        /// w (1 + alpha a).
        Multiplicative,
    }
}

section! {
    /// An agent at every synapse of a spiking network (Zheng et al., Biomimetics 2026, strategy A, after Bhargava et al.,
    /// 2022): all agents of a network act by the same Q function on their own weights, and hear whether the network
    /// lived longer than before. Every network learns by itself, and a generation is an iteration of each. There is one
    /// for each model, width and seed.
    pub struct SynapseAgentsConfig {
        /// Networks of each model and width that differ in all they draw.
        seeds: u32 = 8, "networks", Range::whole(1, 4096);
        /// Knowledge of agents, Random and Still being controls; empty: M5.
        models: Vec<AgentModel> = vec![], "", Range::Any;
        /// Hidden neurons of the networks; empty: the network's.
        widths: Vec<u32> = vec![], "neurons", WIDTHS;
        /// Size of an action.
        alpha: f64 = 0.01, "", Range::NON_NEGATIVE;
        /// Effect of an action.
        step: AgentStep = AgentStep::Additive, "", Range::Any;
        /// Step size of Adam for the Q function; 0 learns nothing, for comparison.
        learning_rate: f64 = 0.01, "", Range::NON_NEGATIVE;
        /// Factor of a reward per iteration that it lies ahead.
        discount: f64 = 0.9, "", SHARES;
        /// Probability of an action at random at the start.
        epsilon_from: f64 = 0.9, "", SHARES;
        /// Probability of an action at random in the end.
        epsilon_to: f64 = 0.05, "", SHARES;
        /// Iterations in which the difference between both falls to 1/e.
        epsilon_iterations: f64 = 50.0, "iterations", Range::POSITIVE;
        /// Transitions of agents that a network remembers.
        replay: u32 = 10_000, "transitions", Range::whole(128, 1_000_000);
        /// Minibatches of 128 transitions per iteration.
        minibatches: u32 = 4, "", Range::whole(1, 1000);
        /// Iterations between two copies to the target of the Q function.
        target_iterations: u32 = 10, "iterations", Range::whole(1, u32::MAX as u64);
    }
}

impl DqsnConfig {
    /// Returns the number of learners.
    pub fn learners(&self) -> u32 {
        self.seeds.saturating_mul(self.widths.len().max(1) as u32)
    }
}

impl SynapseAgentsConfig {
    /// Returns the number of networks.
    pub fn learners(&self) -> u32 {
        let kinds = self.models.len().max(1).saturating_mul(self.widths.len().max(1));
        self.seeds.saturating_mul(u32::try_from(kinds).unwrap_or(u32::MAX))
    }
}
