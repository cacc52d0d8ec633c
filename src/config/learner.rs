//! The algorithm that evolves the network.

use std::ops::Bound::{Excluded, Included};

use super::q_learner::{DqsnConfig, SynapseAgentsConfig};
use super::schema::{Range, choice, section, variants};

choice! {
    /// Rule that turns a gradient into a step.
    pub enum Optimizer {
        /// Adam (0.9, 0.999, 1e-8) with bias correction, as the official code.
        Adam,
        /// Adam with a weight decay that the gradient's scale does not touch.
        AdamW,
        /// Plain gradient ascent, as the paper prints it; needs a learning rate hundreds of times larger.
        Sgd,
        /// Gradient ascent with a velocity that fades by 0.9 per generation.
        Momentum,
        /// Signal-adaptive trust region: gradient ascent whose rate is multiplied by the square root of the share of
        /// the gradient's energy that is signal and not noise, so that the divergence of a step is bounded by
        /// learning_rate^2 / 2 times the signal's energy; needs a learning rate tens of times that of Sgd.
        Satr,
    }
}

section! {
    /// Evolving Connectivity: connection probabilities, learnt from ranked returns.
    pub struct EcConfig {
        /// Networks per generation. Costs time, no memory of the device, and 100 bytes each of the host's.
        population: u32 = 10240, "members", Range::whole(2, 1 << 27);
        /// Step size of the optimizer.
        learning_rate: f64 = 0.15, "", Range::POSITIVE;
        /// Connection probabilities are kept in [epsilon, 1 - epsilon].
        epsilon: f64 = 0.001, "", Range::Real(Included(1.0 / 65536.0), Excluded(0.5));
        /// How a gradient becomes a step.
        optimizer: Optimizer = Optimizer::Adam, "", Range::Any;
        /// Pull of the probabilities towards 0: AdamW's is learning_rate * weight_decay * rho per generation,
        /// decoupled from the gradient; the others subtract weight_decay * rho from the gradient.
        weight_decay: f64 = 0.0, "", Range::NON_NEGATIVE;
        /// Adam and AdamW: what is added to the second moment, in units of the variance that the ranks of a population
        /// without any signal give the estimate of a connection of probability 1/2. Above 0, connections that hardly
        /// ever vary no longer take full steps: Adam turns into plain ascent as the distribution sharpens.
        noise_floor: f64 = 0.0, "", Range::NON_NEGATIVE;
        /// Most that the mean Kullback-Leibler divergence between the distributions before and after a generation may
        /// be; a longer step is shortened. None for no bound.
        max_kl: Option<f64> = None, "nats a connection", Range::POSITIVE;
        /// Episodes per member; its fitness is the mean of their returns. Costs time, no memory for parameters, and 80
        /// bytes each of the host's.
        episodes: u32 = 1, "episodes", Range::whole(1, 4096);
        /// Lets episode k of all members of a generation begin alike, in body and neurons; else each begins by itself.
        common_starts: bool = false, "", Range::Any;
    }
}

section! {
    /// Evolution strategies: real parameters, learnt from the ranked returns of antithetic pairs around them.
    pub struct EsConfig {
        /// Networks per generation, two per pair. Costs time, no memory of the device, and 100 bytes each of the
        /// host's.
        population: u32 = 10240, "members", Range::Whole { min: 2, max: 1 << 27, multiple: 2 };
        /// Step size of the optimizer. The paper: 0.15 for spiking networks, 0.01 for the others.
        learning_rate: f64 = 0.01, "", Range::POSITIVE;
        /// Standard deviation of the perturbations. The paper: 0.3 for spiking networks, 0.02 for the others.
        sigma: f64 = 0.02, "", Range::POSITIVE;
        /// How a gradient becomes a step.
        optimizer: Optimizer = Optimizer::AdamW, "", Range::Any;
        /// Pull of the parameters towards 0: AdamW's is learning_rate * weight_decay * parameter per generation,
        /// decoupled from the gradient; the others subtract weight_decay * parameter from the gradient.
        weight_decay: f64 = 0.1, "", Range::NON_NEGATIVE;
        /// Weigh members by linear ranks, from 0 to 1, to this power (Bertens and Lee 2020: 5): the mean moves in units
        /// of sigma towards the best of them, with the optimizer Momentum as published. None for centred ranks.
        rank_power: Option<u32> = None, "", Range::whole(1, 5);
        /// Perturb each matrix by a product of two factors of this rank (Sarkar et al. 2025), so that a member has that
        /// many rows and columns of numbers of its own and shares the rest; None perturbs every parameter by itself.
        rank: Option<u32> = None, "", Range::whole(1, 64);
        /// Episodes per member; its fitness is the mean of their returns. Costs time, no memory for parameters, and 80
        /// bytes each of the host's.
        episodes: u32 = 1, "episodes", Range::whole(1, 4096);
        /// Lets episode k of all members of a generation begin alike, in body and neurons; else each begins by itself.
        common_starts: bool = false, "", Range::Any;
    }
}

section! {
    /// Forward sensitivities: gradient descent while an arm moves, by exact real-time recurrent learning with surrogate
    /// derivatives of the spikes (Brand 2024). Nothing is evolved: every arm learns by itself, and a generation is an
    /// episode of each. There is an arm for each seed, weight range, tendon ratio and start angle.
    pub struct ForwardSensitivityConfig {
        /// Arms that differ in their fixed and first weights, from the network's seed on.
        seeds: u32 = 5, "arms", Range::whole(1, 4096);
        /// Half widths of the uniform readout weights that arms begin with; empty: the network's.
        weight_ranges: Vec<f64> = vec![], "", Range::POSITIVE;
        /// Shares of the tendon in the length of tendon and muscle; empty: the task's.
        tendon_ratios: Vec<f64> = vec![], "", Range::Real(Included(0.0), Excluded(0.95));
        /// Angles that arms always start from, at rest; empty: the task's start, drawn anew for each episode.
        start_angles: Vec<f64> = vec![], "rad", Range::Real(Included(-1.5), Included(1.5));
        /// Step size; 0 learns nothing, for comparison.
        learning_rate: f64 = 0.05, "", Range::NON_NEGATIVE;
        /// Share of the last step that the next one begins with (Nesterov).
        momentum: f64 = 0.9, "", Range::Real(Included(0.0), Excluded(1.0));
        /// Largest norm of a gradient that is followed.
        clip: f64 = 0.1, "", Range::POSITIVE;
        /// Physics steps between two updates; sensitivities begin anew with each.
        window: u32 = 20, "physics steps", Range::whole(1, 400);
        /// Loss of one unit of summed squared activation in a physics step.
        energy_activation: f64 = 0.0, "rad^2", Range::NON_NEGATIVE;
        /// Loss of one spike of an output neuron.
        energy_spike: f64 = 0.0, "rad^2", Range::NON_NEGATIVE;
    }
}

impl PpoConfig {
    /// Returns the number of sequences of `bptt` steps in an iteration.
    pub fn sequences(&self) -> u32 {
        self.environments.saturating_mul(self.horizon / self.bptt)
    }
}

impl ForwardSensitivityConfig {
    /// Returns the number of arms.
    pub fn arms(&self) -> u32 {
        let variants = |list: &[f64]| list.len().max(1) as u32;
        let lists = [&self.weight_ranges, &self.tendon_ratios, &self.start_angles];
        lists.into_iter().fold(self.seeds, |arms, list| arms.saturating_mul(variants(list)))
    }
}

choice! {
    /// Stand-in for the derivative of a spike at the distance x of a membrane from its threshold.
    pub enum Surrogate {
        /// height max(0, 1 - slope |x|) (Esser et al., 2016): 0 far from the threshold, so that few rows are read.
        PiecewiseLinear,
        /// height / (1 + slope |x|)^2 (Zenke and Ganguli, 2018).
        SuperSpike,
        /// height s (1 - s) with s = 1 / (1 + exp(-slope x)).
        Sigmoid,
    }
}

section! {
    /// Proximal policy optimisation (Schulman et al., 2017): gradients of a policy that acts at random around the
    /// network's outputs, with a value network beside it. A generation is an iteration: every environment takes
    /// `horizon` steps.
    pub struct PpoConfig {
        /// Bodies that live side by side.
        environments: u32 = 32, "bodies", Range::whole(1, 65536);
        /// Steps of each environment per iteration.
        horizon: u32 = 64, "steps", Range::whole(1, 65536);
        /// Steps through which gradients run backwards; a divisor of `horizon`.
        bptt: u32 = 16, "steps", Range::whole(1, 1024);
        /// Parts of an iteration, each of whole sequences of `bptt` steps, that are followed one after the other.
        minibatches: u32 = 8, "", Range::whole(1, 65536);
        /// Times that an iteration is gone through.
        epochs: u32 = 4, "", Range::whole(1, 1000);
        /// Step size of Adam. 0.0003 is usual; spiking networks with weights from N(0, 1) need 0.003 where time is
        /// short.
        learning_rate: f64 = 0.0003, "", Range::NON_NEGATIVE;
        /// Lets the step size fall to 0 over `stop.frames`.
        anneal: bool = false, "", Range::Any;
        /// Distance of the ratio of densities from 1 at which its gradient ends.
        clip: f64 = 0.2, "", Range::Real(Excluded(0.0), Excluded(1.0));
        /// Factor of a reward per step that it lies ahead.
        discount: f64 = 0.99, "", Range::Real(Included(0.0), Included(1.0));
        /// Factor of an error of the values per step that it lies ahead (generalised advantage estimation).
        gae_lambda: f64 = 0.95, "", Range::Real(Included(0.0), Included(1.0));
        /// Weight of the policy's entropy.
        entropy: f64 = 0.0, "", Range::NON_NEGATIVE;
        /// Weight of the value network's loss.
        value_coefficient: f64 = 1.0, "", Range::POSITIVE;
        /// Largest norm of the policy's gradient, and of the value network's, that is followed whole.
        clip_norm: f64 = 0.5, "", Range::POSITIVE;
        /// Units of each of the value network's two layers.
        value_units: u32 = 64, "units", Range::Whole { min: 4, max: 256, multiple: 4 };
        /// Logarithm of the standard deviation of continuous actions at the start.
        log_std: f64 = 0.0, "", Range::Real(Included(-10.0), Included(2.0));
        /// Factor of the read-out's initial parameters.
        readout_scale: f64 = 0.1, "", Range::NON_NEGATIVE;
        /// Factor of rewards; None: one over the standard deviation of their discounted sums so far.
        reward_scale: Option<f64> = None, "", Range::POSITIVE;
        /// Divergence (mean of ratio - 1 - ln ratio over an epoch) beyond which an iteration's other epochs are left
        /// out; None for no bound.
        target_kl: Option<f64> = None, "nats", Range::POSITIVE;
        /// Spiking networks: stand-in for the derivative of a spike. Where it is wide and high gradients explode,
        /// where it is low they fade: with weights from N(0, 1), the defaults keep them.
        surrogate: Surrogate = Surrogate::PiecewiseLinear, "", Range::Any;
        /// Spiking networks: the surrogate's value at the threshold.
        surrogate_height: f64 = 1.0, "", Range::POSITIVE;
        /// Spiking networks: how fast the surrogate falls from there.
        surrogate_slope: f64 = 10.0, "per unit of the threshold", Range::POSITIVE;
        /// Spiking networks: gradients do not run through the reset of a membrane.
        detach_reset: bool = true, "", Range::Any;
    }
}

variants! {
    /// Algorithm that trains the network.
    pub enum AlgorithmConfig {
        /// Evolving Connectivity: 1-bit networks.
        Ec(EcConfig),
        /// Evolution strategies: networks with real parameters, or 1-bit networks cut from them.
        Es(EsConfig),
        /// Gradient descent of arms, while they move.
        ForwardSensitivity(ForwardSensitivityConfig),
        /// Proximal policy optimisation: gradients of networks with real parameters.
        Ppo(PpoConfig),
        /// Deep Q-learning of a spiking network, on CartPole.
        Dqsn(DqsnConfig),
        /// An agent at every synapse of a spiking network, on CartPole.
        SynapseAgents(SynapseAgentsConfig),
    }
}

/// Way in which an algorithm learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// From the ranks of a population of networks.
    Evolution,
    /// By descending the gradient of one policy that lives in many environments.
    Policy,
    /// Independent arms, by gradients while they move.
    Arms,
    /// Independent learners of the values of actions.
    QLearners,
}

impl Family {
    /// Returns whether learners are independent of each other, and share no network.
    pub fn is_independent(self) -> bool {
        matches!(self, Family::Arms | Family::QLearners)
    }
}

impl AlgorithmConfig {
    /// Returns the algorithm's name as it is printed and stored.
    pub fn name(&self) -> &'static str {
        match self {
            AlgorithmConfig::Ec(_) => "ec",
            AlgorithmConfig::Es(_) => "es",
            AlgorithmConfig::ForwardSensitivity(_) => "forward_sensitivity",
            AlgorithmConfig::Ppo(_) => "ppo",
            AlgorithmConfig::Dqsn(_) => "dqsn",
            AlgorithmConfig::SynapseAgents(_) => "synapse_agents",
        }
    }

    /// Returns how the algorithm learns.
    pub fn family(&self) -> Family {
        match self {
            AlgorithmConfig::Ec(_) | AlgorithmConfig::Es(_) => Family::Evolution,
            AlgorithmConfig::Ppo(_) => Family::Policy,
            AlgorithmConfig::ForwardSensitivity(_) => Family::Arms,
            AlgorithmConfig::Dqsn(_) | AlgorithmConfig::SynapseAgents(_) => Family::QLearners,
        }
    }

    /// Returns the rule that turns a gradient into a step, if an optimizer decides it.
    pub fn optimizer(&self) -> Option<Optimizer> {
        match self {
            AlgorithmConfig::Ec(ec) => Some(ec.optimizer),
            AlgorithmConfig::Es(es) => Some(es.optimizer),
            _ => None,
        }
    }

    /// Returns the number of networks evaluated in one generation.
    pub fn population(&self) -> u32 {
        match self {
            AlgorithmConfig::Ec(ec) => ec.population,
            AlgorithmConfig::Es(es) => es.population,
            AlgorithmConfig::ForwardSensitivity(learning) => learning.arms(),
            AlgorithmConfig::Ppo(ppo) => ppo.environments,
            AlgorithmConfig::Dqsn(dqsn) => dqsn.learners(),
            AlgorithmConfig::SynapseAgents(agents) => agents.learners(),
        }
    }

    /// Returns the number of episodes per network in one generation.
    pub fn episodes(&self) -> u32 {
        match self {
            AlgorithmConfig::Ec(ec) => ec.episodes,
            AlgorithmConfig::Es(es) => es.episodes,
            _ => 1,
        }
    }

    /// Returns whether episodes begin alike for all networks of a generation.
    pub fn common_starts(&self) -> bool {
        match self {
            AlgorithmConfig::Ec(ec) => ec.common_starts,
            AlgorithmConfig::Es(es) => es.common_starts,
            _ => false,
        }
    }

    /// Sets one episode per network, with a start of its own.
    pub fn live_once(&mut self) {
        match self {
            AlgorithmConfig::Ec(ec) => (ec.episodes, ec.common_starts) = (1, false),
            AlgorithmConfig::Es(es) => (es.episodes, es.common_starts) = (1, false),
            _ => {}
        }
    }

    /// Sets the number of networks per generation, which must be even for `Es`; for independent learners, the number of
    /// seeds.
    pub fn set_population(&mut self, population: u32) {
        match self {
            AlgorithmConfig::Ec(ec) => ec.population = population,
            AlgorithmConfig::Es(es) => es.population = population,
            AlgorithmConfig::ForwardSensitivity(learning) => learning.seeds = population,
            AlgorithmConfig::Ppo(ppo) => ppo.environments = population,
            AlgorithmConfig::Dqsn(dqsn) => dqsn.seeds = population,
            AlgorithmConfig::SynapseAgents(agents) => agents.seeds = population,
        }
    }
}
