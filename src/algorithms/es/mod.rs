//! Evolution strategies (Salimans et al., 2017), as the official code of Evolving Connectivity runs its baseline:
//! antithetic pairs around a mean, centred ranks, AdamW.
//!
//! Members `2 p` and `2 p + 1` are `mean + sigma eps_p` and `mean - sigma eps_p`, `eps_p` standard normal; the mean
//! moves along `mean_p (w_2p - w_2p+1) eps_p`, `w_k` the centred rank in -1/2..1/2, without a division by sigma. Noise
//! is regenerated from counters and never stored. A 1-bit network exists where its real parameters, perturbed, are
//! above 0 (the paper's appendix C), and the estimate is taken as if they had not been cut. With a rank, the
//! perturbation of a matrix is the product of two normal factors (Sarkar et al. 2025, arXiv 2511.16652), and so is its
//! part of the estimate.

pub mod noise;

use super::{
    Algorithm, AlgorithmKernels, Dispatch, Draw, Layout, Learner, Statistics, Sums, Symbol,
    optimizer::{Optimizer, Step},
};
use crate::{
    config::EsConfig,
    kernel::{
        cost::Assumptions,
        entry::{Kernel, PassId},
        genome::{Factors, Genome, Weights},
        wgsl::{ComposeError, Constants, compose, shader},
    },
};

/// Members of a dispatch of the gradient.
const BLOCK: usize = 1024;
/// Pairs that an invocation of the gradient sums before it adds them to the total: short sums lose little to rounding.
/// Divides [`BLOCK`] / 2, so that sums do not depend on the block.
const CHUNK_PAIRS: usize = 64;

/// ES and its settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Es {
    /// Members per generation, even.
    pub population: usize,
    /// Standard deviation of the perturbations.
    pub sigma: f64,
    /// How an estimate becomes a step.
    pub step: Step,
    /// Rank of the perturbations of matrices; `None`: every parameter by itself.
    pub rank: Option<usize>,
}

impl Es {
    /// ES as `config` asks for it.
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
            rank: config.rank.map(|rank| rank as usize),
        }
    }
}

/// Quads of numbers: one draw of the generator gives four.
fn quads(words: usize) -> usize {
    words / 4
}

impl Algorithm for Es {
    fn name(&self) -> &'static str {
        "es"
    }

    fn population(&self) -> usize {
        self.population
    }

    fn symbol(&self) -> Symbol {
        Symbol { name: "mean", probability: false }
    }

    fn evolves(&self, genome: &Genome) -> bool {
        self.rank.is_none() || genome.weights == Weights::Floats
    }

    /// Returns the network's own initial parameters.
    fn start(&self, genome: &Genome, initial: &dyn Fn() -> Vec<f64>) -> Learner {
        Learner { params: initial(), optimizer: Optimizer::new(self.step.rule, genome.n_params) }
    }

    fn rank(&self) -> Option<usize> {
        self.rank
    }

    fn noise_words(&self, genome: &Genome) -> usize {
        genome.factors.as_ref().map_or(0, |factors| self.block(0) / 2 * factors.words())
    }

    fn kernels(&self, genome: &Genome, layout: &Layout) -> Result<AlgorithmKernels, ComposeError> {
        let mut constants =
            Constants::default().uint("QUADS", quads(genome.room())).uint("WORKGROUP", layout.workgroup);
        if layout.int64 {
            constants = constants.import_instead("numerics/mul_high", "numerics/mul_high_64");
        }
        if let Some(factors) = &genome.factors {
            constants =
                factors.constants(constants, genome.shared_words()).uint("MEMBER_QUADS", quads(factors.words()));
        }
        let module = |path: &str, chunk| -> Result<_, ComposeError> {
            compose(path, shader(path).unwrap_or_default(), &constants.clone().uint("CHUNK", chunk))
        };
        let (sample, gradient) = match (genome.weights, &genome.factors) {
            (Weights::Bits, _) => ("sample_bits", "gradient"),
            (Weights::Floats, None) => ("sample_floats", "gradient"),
            (Weights::Floats, Some(_)) => ("sample_factors", "gradient_factors"),
        };
        let sample = module(&format!("algorithms/es/{sample}"), Layout::SAMPLE_CHUNK)?;
        let gradient = module(&format!("algorithms/es/{gradient}"), CHUNK_PAIRS)?;
        let resample = genome.factors.is_some().then(|| Kernel::new(PassId::Resample, &gradient, "resample"));
        let gradient = Kernel::new(PassId::Gradient, &gradient, "gradient");
        Ok(AlgorithmKernels {
            sample: Kernel::new(PassId::Sample, &sample, "sample"),
            tell: resample.into_iter().chain([gradient]).collect(),
        })
    }

    fn distribution_words(&self, genome: &Genome) -> usize {
        Genome::HEADER + genome.room()
    }

    /// `sigma`, three zeros, then the means and their padding.
    fn encode(&self, genome: &Genome, params: &[f64], draw: Draw, words: &mut Vec<u32>) {
        let sigma = if draw == Draw::Members { self.sigma } else { 0.0 };
        words.clear();
        words.push((sigma as f32).to_bits());
        words.resize(Genome::HEADER, 0);
        words.extend(params.iter().map(|mean| (*mean as f32).to_bits()));
        words.resize(Genome::HEADER + genome.room(), 0);
    }

    fn sample_invocations(&self, genome: &Genome) -> usize {
        match genome.weights {
            Weights::Floats => quads(genome.n_words()),
            Weights::Bits => genome.n_words(),
        }
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

    fn tell_passes(&self, genome: &Genome, layout: &Layout, members: usize, _: bool) -> Vec<Dispatch> {
        let sum = (PassId::Gradient, [layout.groups(quads(genome.room())), 1, 1]);
        let draw =
            |factors: &Factors| (PassId::Resample, [layout.groups(quads(factors.words())), members as u32 / 2, 1]);
        genome.factors.as_ref().map(draw).into_iter().chain([sum]).collect()
    }

    fn pass_cost(&self, kernel: PassId, genome: &Genome) -> Option<(Assumptions, f64)> {
        let plain = Assumptions::default();
        let drawn = Layout::SAMPLE_CHUNK as f64;
        match kernel {
            PassId::Sample => Some((plain.trips("k", drawn), self.sample_invocations(genome) as f64 / drawn)),
            // one of a pair's members
            PassId::Resample => Some((plain, quads(genome.n_words()) as f64 / 2.0)),
            PassId::Gradient => {
                let pairs = BLOCK as f64 / 2.0;
                let chunks = plain.trips("base", pairs / CHUNK_PAIRS as f64).trips("pair", CHUNK_PAIRS as f64);
                Some((chunks, quads(genome.room()) as f64 / BLOCK as f64))
            }
            _ => None,
        }
    }

    /// Moves the means by the sums `sum_p (u_2p - u_2p+1) eps_p`: with `w = u / (2 (N - 1))` and N/2 pairs, their mean
    /// is the sum over `N (N - 1)`.
    fn tell(&self, learner: &mut Learner, gradient: &[f64]) -> f64 {
        let n = self.population as f64;
        let scale = 1.0 / (n * (n - 1.0));
        let estimate = |index: usize| gradient[index] * scale;
        learner.optimizer.ascend(&mut learner.params, estimate, |_| 1.0, &self.step, |mean| mean)
    }

    fn statistics(&self, _: &[f64]) -> Statistics {
        Statistics { entropy_bits: f64::NAN, density: f64::NAN }
    }
}
