//! Evolving Connectivity (Wang et al., NeurIPS 2023): synapses have no weights, only a probability rho of existing.
//!
//! Every generation samples 1-bit networks from Bernoulli(rho), ranks their returns, and moves rho by the
//! natural-evolution-strategy estimate `mean_k w_k (theta_k - rho)`, where `w_k` is the centred rank. The sum is
//! taken in integers; connections that are no longer on the device are redrawn.

mod bound;
pub mod sample;

use sample::{PLANES, pack_thresholds};

use std::sync::Arc;

use super::{
    Algorithm, AlgorithmLaunch, Dispatch, Draw, Evolution, Learner, Statistics, Sums, Symbol,
    optimizer::{Optimizer, Step},
};
use crate::{
    config::EcConfig,
    kernel::{
        cost::Assumptions,
        entry::{Kernel, PassId},
        genome::{Genome, Weights},
        wgsl::{ComposeError, Constants, Module, compose, shader},
    },
};

/// Slots that an invocation of `algorithm.gradient` sums before it adds to the shared total.
const GRADIENT_CHUNK: usize = 128;

/// Settings of EC.
#[derive(Debug, Clone, PartialEq)]
pub struct Ec {
    /// Members per generation, at least 2.
    pub population: usize,
    /// rho stays in `[epsilon, 1 - epsilon]`.
    pub epsilon: f64,
    /// Upper bound on the mean Kullback-Leibler divergence between new and old distribution, in nats per connection.
    pub max_kl: Option<f64>,
    /// Settings of the step.
    pub step: Step,
}

/// Returns the largest number of members whose utilities sum within `i32`: any partial sum of a block is at most
/// `block (N - 1)`, and that of a whole population at most `N^2 / 4`.
pub fn gradient_block(population: usize) -> usize {
    let top = i32::MAX as usize;
    if population * population / 4 <= top { population } else { top / (population - 1) }
}

/// Returns the variance of the estimate `mean_k w_k (theta_k - rho)` of a connection with rho = 1/2 if ranks are
/// random: `w_k` is uniform in -1/2..1/2, of variance 1/12, and `theta_k - rho` has variance 1/4.
fn noise(population: usize) -> f64 {
    1.0 / (48.0 * population as f64)
}

/// Returns the entropy of a connection that exists with probability `p`, in bits.
pub fn entropy_bits(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 { 0.0 } else { -p * p.log2() - (1.0 - p) * (1.0 - p).log2() }
}

impl Ec {
    /// Makes EC with the settings of `config`.
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

/// Returns the integer threshold of the sampling kernel: `round(65536 rho)`, halves up. In the deterministic network,
/// a connection exists if rho > 1/2, so its threshold is all or nothing.
fn threshold(rho: f64, draw: Draw) -> u32 {
    match draw {
        Draw::Members => (65_536.0 * rho + 0.5) as u32,
        Draw::Centre if rho > 0.5 => 65_536,
        Draw::Centre => 0,
    }
}

/// Composes the module `name` whose invocations handle `chunk` slots.
fn module(name: &str, chunk: usize, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Arc<Module>, ComposeError> {
    let mut constants =
        Constants::default().uint("N_WORDS", genome.n_words()).uint("WORKGROUP", launch.workgroup).uint("CHUNK", chunk);
    if launch.int64 {
        constants = constants.import_instead("numerics/mul_high", "numerics/mul_high_64");
    }
    let path = format!("algorithms/ec/{name}");
    compose(&path, shader(&path).unwrap_or_default(), &constants)
}

impl Algorithm for Ec {
    fn name(&self) -> &'static str {
        "ec"
    }

    fn symbol(&self) -> Symbol {
        Symbol { name: "rho", probability: true }
    }

    fn trains(&self, genome: &Genome) -> bool {
        genome.weights == Weights::Bits
    }

    /// Starts with rho = 1/2 everywhere.
    fn start(&self, genome: &Genome, _: &dyn Fn() -> Vec<f64>) -> Learner {
        let n_params = genome.n_params;
        Learner { params: vec![0.5; n_params], optimizer: Optimizer::new(self.step.rule, n_params) }
    }

    fn sample_kernel(&self, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Kernel, ComposeError> {
        Ok(Kernel::new(PassId::Sample, &module("sample", AlgorithmLaunch::SAMPLE_CHUNK, genome, launch)?, "sample"))
    }

    /// Assumes that the last four digits are drawn only if the first twelve leave one of 32 connections undecided.
    fn sample_cost(&self, genome: &Genome) -> (Assumptions, f64) {
        let drawn = AlgorithmLaunch::SAMPLE_CHUNK as f64;
        let chunk = Assumptions::default().trips("k", drawn).trips("slot", drawn).share("order", 32.0 / 4096.0);
        (chunk, genome.n_words() as f64 / drawn)
    }

    fn evolution(&self) -> Option<&dyn Evolution> {
        Some(self)
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

    fn statistics(&self, params: &[f64]) -> Statistics {
        let n = params.len() as f64;
        Statistics {
            entropy_bits: params.iter().map(|rho| entropy_bits(*rho)).sum::<f64>() / n,
            density: params.iter().sum::<f64>() / n,
        }
    }
}

impl Evolution for Ec {
    fn population(&self) -> usize {
        self.population
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

    fn tell_passes(&self, genome: &Genome, layout: &AlgorithmLaunch, members: usize, resident: bool) -> Vec<Dispatch> {
        let n_words = genome.n_words();
        let sum = [layout.groups(n_words), members.div_ceil(GRADIENT_CHUNK) as u32, 1];
        let draw = (!resident).then(|| (PassId::Resample, layout.sample_workgroups(n_words, members)));
        draw.into_iter().chain([(PassId::Gradient, sum)]).collect()
    }

    fn pass_cost(&self, kernel: PassId, genome: &Genome) -> Option<(Assumptions, f64)> {
        let summed = GRADIENT_CHUNK as f64;
        match kernel {
            PassId::Resample => Some(self.sample_cost(genome)),
            PassId::Gradient => Some((Assumptions::default().trips("slot", summed), genome.n_words() as f64 / summed)),
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

    fn tell_kernels(&self, genome: &Genome, launch: &AlgorithmLaunch) -> Result<Vec<Kernel>, ComposeError> {
        let sample = module("sample", AlgorithmLaunch::SAMPLE_CHUNK, genome, launch)?;
        let gradient = module("gradient", GRADIENT_CHUNK, genome, launch)?;
        Ok(vec![
            Kernel::new(PassId::Resample, &sample, "resample"),
            Kernel::new(PassId::Gradient, &gradient, "gradient"),
        ])
    }
}
