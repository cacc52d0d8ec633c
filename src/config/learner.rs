//! The algorithm that evolves the network.

use std::ops::Bound::{Excluded, Included};

use super::schema::{Range, choice, section, variants};

choice! {
    /// How a gradient becomes a step.
    pub enum Optimizer {
        /// Adam (0.9, 0.999, 1e-8) with bias correction, as the official code.
        Adam,
        /// Adam with a weight decay that the gradient's scale does not touch.
        AdamW,
        /// Plain gradient ascent, as the paper prints it; needs a learning rate hundreds of times larger.
        Sgd,
        /// Gradient ascent with a velocity that fades by 0.9 a generation.
        Momentum,
    }
}

section! {
    /// Evolving Connectivity: connection probabilities, learnt from ranked returns.
    pub struct EcConfig {
        /// Networks a generation. Costs time, not memory.
        population: u32 = 10240, "members", Range::whole(2, 1 << 27);
        /// Step size of the optimizer.
        learning_rate: f64 = 0.15, "", Range::POSITIVE;
        /// Connection probabilities are kept in [epsilon, 1 - epsilon].
        epsilon: f64 = 0.001, "", Range::Real(Included(1.0 / 65536.0), Excluded(0.5));
        /// How a gradient becomes a step.
        optimizer: Optimizer = Optimizer::Adam, "", Range::Any;
        /// Pull of the probabilities towards 0: AdamW's is learning_rate * weight_decay * rho a generation, decoupled from the gradient;
        /// the others subtract weight_decay * rho from the gradient.
        weight_decay: f64 = 0.0, "", Range::NON_NEGATIVE;
        /// Most that the mean Kullback-Leibler divergence between the distributions before and after a generation may be; a
        /// longer step is shortened. None for no bound.
        max_kl: Option<f64> = None, "nats a connection", Range::POSITIVE;
    }
}

section! {
    /// Evolution strategies: real parameters, learnt from the ranked returns of antithetic pairs around them.
    pub struct EsConfig {
        /// Networks a generation, two a pair. Costs time, not memory.
        population: u32 = 10240, "members", Range::Whole { min: 2, max: 1 << 27, multiple: 2 };
        /// Step size of the optimizer. The paper: 0.15 for spiking networks, 0.01 for the others.
        learning_rate: f64 = 0.01, "", Range::POSITIVE;
        /// Standard deviation of the perturbations. The paper: 0.3 for spiking networks, 0.02 for the others.
        sigma: f64 = 0.02, "", Range::POSITIVE;
        /// How a gradient becomes a step.
        optimizer: Optimizer = Optimizer::AdamW, "", Range::Any;
        /// Pull of the parameters towards 0: AdamW's is learning_rate * weight_decay * parameter a generation, decoupled from the
        /// gradient; the others subtract weight_decay * parameter from the gradient.
        weight_decay: f64 = 0.1, "", Range::NON_NEGATIVE;
        /// Perturb each matrix by a product of two factors of this rank (Sarkar et al. 2025), so that a member has that many rows and
        /// columns of numbers of its own and shares the rest; None perturbs every parameter by itself.
        rank: Option<u32> = None, "", Range::whole(1, 64);
    }
}

variants! {
    /// What does the evolving.
    pub enum AlgorithmConfig {
        /// Evolving Connectivity: 1-bit networks.
        Ec(EcConfig),
        /// Evolution strategies: networks with real parameters, or 1-bit networks cut from them.
        Es(EsConfig),
    }
}

impl AlgorithmConfig {
    /// The algorithm's name as it is printed and stored.
    pub fn name(&self) -> &'static str {
        match self {
            AlgorithmConfig::Ec(_) => "ec",
            AlgorithmConfig::Es(_) => "es",
        }
    }

    /// Networks evaluated in one generation.
    pub fn population(&self) -> u32 {
        match self {
            AlgorithmConfig::Ec(ec) => ec.population,
            AlgorithmConfig::Es(es) => es.population,
        }
    }

    /// Evaluates so many instead, an even number.
    pub fn set_population(&mut self, population: u32) {
        match self {
            AlgorithmConfig::Ec(ec) => ec.population = population,
            AlgorithmConfig::Es(es) => es.population = population,
        }
    }
}
