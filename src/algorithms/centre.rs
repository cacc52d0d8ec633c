//! A source of networks that has one: every slot gets the same parameters. Policies that descend gradients are judged,
//! recorded and replayed through it.

use super::{
    Algorithm, AlgorithmLaunch, Draw, Learner, Symbol,
    es::Es,
    optimizer::{Optimizer, Step},
};
use crate::{
    config::Optimizer as Rule,
    kernel::{cost::Assumptions, entry::Kernel, genome::Genome, wgsl::ComposeError},
};

/// One network, with real parameters or with the bits for which such parameters stand, learnt by the algorithm `name`.
#[derive(Debug, Clone, PartialEq)]
pub struct Centre {
    name: &'static str,
    /// Evolution strategies around that network, without any perturbation.
    around: Es,
}

impl Centre {
    /// Makes the source of networks of the algorithm `name`.
    pub fn new(name: &'static str) -> Self {
        let step = Step { rule: Rule::Sgd, learning_rate: 0.0, floor: 0.0, weight_decay: 0.0 };
        Self { name, around: Es { population: 2, sigma: 0.0, step, rank_power: None, rank: None } }
    }
}

impl Algorithm for Centre {
    fn name(&self) -> &'static str {
        self.name
    }

    fn symbol(&self) -> Symbol {
        Symbol { name: "policy", probability: false }
    }

    fn trains(&self, _: &Genome) -> bool {
        true
    }

    fn start(&self, genome: &Genome, initial: &dyn Fn() -> Vec<f64>) -> Learner {
        Learner { params: initial(), optimizer: Optimizer::new(Rule::Sgd, genome.n_params) }
    }

    fn sample_kernel(&self, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Kernel, ComposeError> {
        self.around.sample_kernel(genome, launch)
    }

    fn distribution_words(&self, genome: &Genome) -> usize {
        self.around.distribution_words(genome)
    }

    fn encode(&self, genome: &Genome, params: &[f64], _: Draw, words: &mut Vec<u32>) {
        self.around.encode(genome, params, Draw::Centre, words);
    }

    fn sample_invocations(&self, genome: &Genome) -> usize {
        self.around.sample_invocations(genome)
    }

    fn sample_cost(&self, genome: &Genome) -> (Assumptions, f64) {
        self.around.sample_cost(genome)
    }
}
