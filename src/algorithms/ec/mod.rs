//! Evolving Connectivity (Wang et al., NeurIPS 2023): synapses have no weights, only a probability rho of existing.
//!
//! Each generation samples 1-bit networks from Bernoulli(rho), ranks their returns and moves rho by the
//! natural-evolution-strategy estimate `mean_k w_k (theta_k - rho)`, `w_k` the centred rank. The sum is taken in
//! integers; connections that are no longer on the device are drawn again.

mod bound;
pub mod sample;

use sample::{PLANES, pack_thresholds};

use super::{
    Algorithm, AlgorithmKernels, Dispatch, Draw, Layout, Learner, Statistics, Sums, Symbol,
    optimizer::{Optimizer, Step},
};
use crate::{
    config::EcConfig,
    kernel::{
        cost::Assumptions,
        entry::{Kernel, PassId},
        genome::{Genome, Weights},
        wgsl::{ComposeError, Constants, compose, shader},
    },
};

/// Slots that an invocation of `algorithm.gradient` sums before it adds to the shared total.
const GRADIENT_CHUNK: usize = 128;

/// EC and its settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Ec {
    /// Members per generation, at least 2.
    pub population: usize,
    /// rho stays in `[epsilon, 1 - epsilon]`.
    pub epsilon: f64,
    /// Most that the mean Kullback-Leibler divergence between new and old distribution may be, nats a connection.
    pub max_kl: Option<f64>,
    /// How an estimate becomes a step.
    pub step: Step,
}

/// Most members whose utilities sum within `i32`: any partial sum of a block is at most `block (N - 1)`,
/// and of a whole population at most `N^2 / 4`.
pub fn gradient_block(population: usize) -> usize {
    let top = i32::MAX as usize;
    if population * population / 4 <= top { population } else { top / (population - 1) }
}

/// Returns the variance of the estimate `mean_k w_k (theta_k - rho)` of a connection with rho = 1/2 where ranks say
/// nothing: `w_k` is uniform in -1/2..1/2, of variance 1/12, and `theta_k - rho` of variance 1/4.
fn noise(population: usize) -> f64 {
    1.0 / (48.0 * population as f64)
}

/// Entropy of a connection that exists with probability `p`, bits.
pub fn entropy_bits(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 { 0.0 } else { -p * p.log2() - (1.0 - p) * (1.0 - p).log2() }
}

impl Ec {
    /// EC as `config` asks for it.
    pub fn new(config: &EcConfig) -> Self {
        Self {
            population: config.population as usize,
            epsilon: config.epsilon,
            max_kl: config.max_kl,
            step: Step {
                rule: config.optimizer,
                learning_rate: config.learning_rate,
                floor: config.noise_floor * noise(config.population as usize),
                weight_decay: config.weight_decay,
            },
        }
    }
}

/// Integer threshold of the sampling kernel: `round(65536 rho)`, halves up; of the deterministic network, in which a
/// connection exists where rho > 1/2, all or nothing.
fn threshold(rho: f64, draw: Draw) -> u32 {
    match draw {
        Draw::Members => (65_536.0 * rho + 0.5) as u32,
        Draw::Centre if rho > 0.5 => 65_536,
        Draw::Centre => 0,
    }
}

impl Algorithm for Ec {
    fn name(&self) -> &'static str {
        "ec"
    }

    fn population(&self) -> usize {
        self.population
    }

    fn symbol(&self) -> Symbol {
        Symbol { name: "rho", probability: true }
    }

    fn evolves(&self, genome: &Genome) -> bool {
        genome.weights == Weights::Bits
    }

    /// rho is 1/2 everywhere.
    fn start(&self, genome: &Genome, _: &dyn Fn() -> Vec<f64>) -> Learner {
        let n_params = genome.n_params;
        Learner { params: vec![0.5; n_params], optimizer: Optimizer::new(self.step.rule, n_params) }
    }

    fn kernels(&self, genome: &Genome, layout: &Layout) -> Result<AlgorithmKernels, ComposeError> {
        let mut constants = Constants::default().uint("N_WORDS", genome.n_words()).uint("WORKGROUP", layout.workgroup);
        if layout.int64 {
            constants = constants.import_instead("numerics/mul_high", "numerics/mul_high_64");
        }
        let module = |path: &str, chunk| -> Result<_, ComposeError> {
            compose(path, shader(path).unwrap_or_default(), &constants.clone().uint("CHUNK", chunk))
        };
        let sample = module("algorithms/ec/sample", Layout::SAMPLE_CHUNK)?;
        let gradient = module("algorithms/ec/gradient", GRADIENT_CHUNK)?;
        Ok(AlgorithmKernels {
            sample: Kernel::new(PassId::Sample, &sample, "sample"),
            tell: vec![
                Kernel::new(PassId::Resample, &sample, "resample"),
                Kernel::new(PassId::Gradient, &gradient, "gradient"),
            ],
        })
    }

    fn distribution_words(&self, genome: &Genome) -> usize {
        PLANES * genome.n_words()
    }

    fn encode(&self, _: &Genome, params: &[f64], draw: Draw, words: &mut Vec<u32>) {
        pack_thresholds(params.iter().map(|rho| threshold(*rho, draw)), words);
    }

    fn sample_invocations(&self, genome: &Genome) -> usize {
        genome.n_words()
    }

    fn block(&self, places: usize) -> usize {
        places.min(self.reading())
    }

    fn reading(&self) -> usize {
        gradient_block(self.population)
    }

    fn sums(&self) -> Sums {
        Sums::Integers
    }

    fn tell_passes(&self, genome: &Genome, layout: &Layout, members: usize, resident: bool) -> Vec<Dispatch> {
        let n_words = genome.n_words();
        let sum = [layout.groups(n_words), members.div_ceil(GRADIENT_CHUNK) as u32, 1];
        let draw = (!resident).then(|| (PassId::Resample, layout.sample_workgroups(n_words, members)));
        draw.into_iter().chain([(PassId::Gradient, sum)]).collect()
    }

    fn pass_cost(&self, kernel: PassId, genome: &Genome) -> Option<(Assumptions, f64)> {
        let (words, drawn, summed) = (genome.n_words() as f64, Layout::SAMPLE_CHUNK as f64, GRADIENT_CHUNK as f64);
        let plain = Assumptions::default();
        match kernel {
            // The last four digits are drawn only where the twelve before them leave one of 32 connections open.
            PassId::Sample | PassId::Resample => {
                let chunk = plain.trips("k", drawn).trips("slot", drawn).share("order", 32.0 / 4096.0);
                Some((chunk, words / drawn))
            }
            PassId::Gradient => Some((plain.trips("slot", summed), words / summed)),
            _ => None,
        }
    }

    /// Moves rho by the integers `sum_k u_k theta_k`:
    /// `mean_k w_k (theta_k - rho) = sum_k u_k theta_k / (2 N (N - 1))`, since the utilities sum to 0.
    fn tell(&self, learner: &mut Learner, gradient: &[f64]) -> f64 {
        let n = self.population as f64;
        let scale = 1.0 / (2.0 * n * (n - 1.0));
        let limit = |rho: f64| rho.max(self.epsilon).min(1.0 - self.epsilon);
        let estimate = |index: usize| gradient[index] * scale;
        let precision = |rho: f64| 1.0 / (rho * (1.0 - rho));
        let before = self.max_kl.map(|_| learner.params.clone());
        let norm = learner.optimizer.ascend(&mut learner.params, estimate, precision, &self.step, limit);
        match (self.max_kl, before) {
            (Some(limit), Some(before)) => norm * bound::hold(&before, &mut learner.params, limit),
            _ => norm,
        }
    }

    fn statistics(&self, params: &[f64]) -> Statistics {
        let n = params.len() as f64;
        Statistics {
            entropy_bits: params.iter().map(|rho| entropy_bits(*rho)).sum::<f64>() / n,
            density: params.iter().sum::<f64>() / n,
        }
    }
}
