//! Evolution strategies (Salimans et al., 2017), as in the baseline of the official code of Evolving Connectivity:
//! antithetic pairs around a mean, centred ranks, AdamW.
//!
//! Members `2 p` and `2 p + 1` are `mean + sigma eps_p` and `mean - sigma eps_p`, with `eps_p` standard normal. The
//! mean moves along `mean_p (w_2p - w_2p+1) eps_p`, where `w_k` is the centred rank in -1/2..1/2, without division by
//! sigma. Noise is regenerated from counters and never stored. A connection of a 1-bit network exists if its
//! perturbed real parameter is above 0 (the paper's appendix C); the estimate ignores this threshold. With a rank,
//! the perturbation of a matrix is the product of two normal factors (Sarkar et al. 2025, arXiv 2511.16652), and so
//! is its part of the estimate.
//!
//! With `rank_power` p the mean moves along `sigma sum_k w_k s_k eps_k` instead, `w_k = u_k^p / sum u^p` with linear
//! ranks u from 0 to 1 and `s_k` the member's side: the mean of the members weighted by rank (Bertens and Lee, 2020).
//! The paper prints it without sigma; such steps are `1 / sigma` times as long, and diverge
//! (`tests/algorithms/es_power.rs`).

pub mod noise;

use std::sync::Arc;

use super::{
    Algorithm, AlgorithmLaunch, Dispatch, Draw, Evolution, Learner, Sums, Symbol,
    optimizer::{Optimizer, Step},
    shaping::{POWER_UNIT, Shaping},
};
use crate::{
    config::EsConfig,
    kernel::{
        cost::Assumptions,
        entry::{Kernel, PassId},
        genome::{Factors, Genome, Weights},
        wgsl::{ComposeError, Constants, Module, compose, shader},
    },
};

/// Maximum number of members per gradient dispatch.
const BLOCK: usize = 1024;
/// Pairs that an invocation of the gradient sums before it adds them to the total: short sums lose little to
/// rounding. It divides [`BLOCK`] / 2, so that sums do not depend on the block.
const CHUNK_PAIRS: usize = 64;

/// Settings of ES.
#[derive(Debug, Clone, PartialEq)]
pub struct Es {
    /// Members per generation, an even number.
    pub population: usize,
    /// Standard deviation of the perturbations.
    pub sigma: f64,
    /// Settings of the step.
    pub step: Step,
    /// Exponent of linear ranks; `None` for centred ranks.
    pub rank_power: Option<u32>,
    /// Rank of the perturbations of matrices; `None` for independent perturbations of all parameters.
    pub rank: Option<usize>,
}

impl Es {
    /// Makes ES with the settings of `config`.
    pub fn new(config: &EsConfig) -> Self {
        Self {
            population: config.population as usize,
            sigma: config.sigma,
            step: Step {
                rule: config.optimizer,
                learning_rate: config.learning_rate,
                floor: 0.0,
                weight_decay: config.weight_decay,
            },
            rank_power: config.rank_power,
            rank: config.rank.map(|rank| rank as usize),
        }
    }
}

/// Returns the number of quads in `words`: one draw of the generator gives four numbers.
fn quads(words: usize) -> usize {
    words / 4
}

/// Composes the module `name` whose invocations handle `chunk` slots or pairs.
fn module(name: &str, chunk: usize, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Arc<Module>, ComposeError> {
    let mut constants = Constants::default()
        .uint("QUADS", quads(genome.padded_len()))
        .uint("WORKGROUP", launch.workgroup)
        .uint("CHUNK", chunk);
    if launch.int64 {
        constants = constants.import_instead("numerics/mul_high", "numerics/mul_high_64");
    }
    if let Some(factors) = &genome.factors {
        constants = factors.constants(constants, genome.shared_words()).uint("MEMBER_QUADS", quads(factors.words()));
    }
    let path = format!("algorithms/es/{name}");
    compose(&path, shader(&path).unwrap_or_default(), &constants)
}

impl Algorithm for Es {
    fn name(&self) -> &'static str {
        "es"
    }

    fn symbol(&self) -> Symbol {
        Symbol { name: "mean", probability: false }
    }

    fn trains(&self, genome: &Genome) -> bool {
        self.rank.is_none() || genome.weights == Weights::Floats
    }

    /// Starts with the network's initial parameters.
    fn start(&self, genome: &Genome, initial: &dyn Fn() -> Vec<f64>) -> Learner {
        Learner { params: initial(), optimizer: Optimizer::new(self.step.rule, genome.n_params) }
    }

    fn rank(&self) -> Option<usize> {
        self.rank
    }

    fn sample_kernel(&self, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Kernel, ComposeError> {
        let name = match (genome.weights, &genome.factors) {
            (Weights::Bits, _) => "sample_bits",
            (Weights::Floats, None) => "sample_floats",
            (Weights::Floats, Some(_)) => "sample_factors",
        };
        Ok(Kernel::new(PassId::Sample, &module(name, AlgorithmLaunch::SAMPLE_CHUNK, genome, launch)?, "sample"))
    }

    fn sample_cost(&self, genome: &Genome) -> (Assumptions, f64) {
        let drawn = AlgorithmLaunch::SAMPLE_CHUNK as f64;
        (Assumptions::default().trips("k", drawn), self.sample_invocations(genome) as f64 / drawn)
    }

    fn evolution(&self) -> Option<&dyn Evolution> {
        Some(self)
    }

    fn distribution_words(&self, genome: &Genome) -> usize {
        Genome::HEADER + genome.padded_len()
    }

    /// Writes `sigma`, three zeros, then the means and their padding.
    fn encode(&self, genome: &Genome, params: &[f64], draw: Draw, words: &mut Vec<u32>) {
        let sigma = if draw == Draw::Members { self.sigma } else { 0.0 };
        words.clear();
        words.push((sigma as f32).to_bits());
        words.resize(Genome::HEADER, 0);
        words.extend(params.iter().map(|mean| (*mean as f32).to_bits()));
        words.resize(Genome::HEADER + genome.padded_len(), 0);
    }

    fn sample_invocations(&self, genome: &Genome) -> usize {
        match genome.weights {
            Weights::Floats => quads(genome.n_words()),
            Weights::Bits => genome.n_words(),
        }
    }
}

impl Evolution for Es {
    fn population(&self) -> usize {
        self.population
    }

    fn shaping(&self) -> Shaping {
        self.rank_power.map_or(Shaping::Centred, Shaping::Power)
    }

    fn noise_words(&self, genome: &Genome) -> usize {
        genome.factors.as_ref().map_or(0, |factors| self.block(0) / 2 * factors.words())
    }

    fn block(&self, _: usize) -> usize {
        self.population.min(BLOCK)
    }

    fn reading(&self) -> usize {
        usize::MAX
    }

    fn sums(&self) -> Sums {
        Sums::Floats
    }

    fn tell_passes(&self, genome: &Genome, layout: &AlgorithmLaunch, members: usize, _: bool) -> Vec<Dispatch> {
        let sum = (PassId::Gradient, [layout.groups(quads(genome.padded_len())), 1, 1]);
        let draw =
            |factors: &Factors| (PassId::Resample, [layout.groups(quads(factors.words())), members as u32 / 2, 1]);
        genome.factors.as_ref().map(draw).into_iter().chain([sum]).collect()
    }

    fn pass_cost(&self, kernel: PassId, genome: &Genome) -> Option<(Assumptions, f64)> {
        let plain = Assumptions::default();
        match kernel {
            // One draw serves both members of a pair.
            PassId::Resample => Some((plain, quads(genome.n_words()) as f64 / 2.0)),
            PassId::Gradient => {
                let pairs = BLOCK as f64 / 2.0;
                let chunks = plain.trips("base", pairs / CHUNK_PAIRS as f64).trips("pair", CHUNK_PAIRS as f64);
                Some((chunks, quads(genome.padded_len()) as f64 / BLOCK as f64))
            }
            _ => None,
        }
    }

    /// Moves the means by the sums `sum_p (u_2p - u_2p+1) eps_p`. With `w = u / (2 (N - 1))` and N/2 pairs, their
    /// mean is the sum over `N (N - 1)`. Powers of ranks are weights in units of [`POWER_UNIT`] / N, and steps in units
    /// of sigma.
    fn tell(&self, learner: &mut Learner, gradient: &[f64]) -> f64 {
        let n = self.population as f64;
        let scale = match self.rank_power {
            None => 1.0 / (n * (n - 1.0)),
            Some(_) => self.sigma / (n * POWER_UNIT),
        };
        let estimate = |index: usize| gradient[index] * scale;
        learner.optimizer.ascend(&mut learner.params, estimate, |_| 1.0, &self.step, |mean| mean)
    }

    fn tell_kernels(&self, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Vec<Kernel>, ComposeError> {
        let name = if genome.factors.is_some() { "gradient_factors" } else { "gradient" };
        let gradient = module(name, CHUNK_PAIRS, genome, launch)?;
        let resample = genome.factors.is_some().then(|| Kernel::new(PassId::Resample, &gradient, "resample"));
        Ok(resample.into_iter().chain([Kernel::new(PassId::Gradient, &gradient, "gradient")]).collect())
    }
}
