//! Evolving Connectivity (Wang et al., NeurIPS 2023): synapses have no weights, only a probability rho of existing.
//!
//! Each generation samples 1-bit networks from Bernoulli(rho), ranks their returns and moves rho by the
//! natural-evolution-strategy estimate `mean_k w_k (theta_k - rho)`, `w_k` the centred rank. The sum is taken in integers;
//! connections that are no longer on the device are drawn again.

pub mod sample;

use crate::{
    algorithms::optimizer::{AdamState, Optimizer},
    plan::{
        kernel::Kernel,
        wgsl::{ComposeError, Constants, compose, shader},
    },
};

/// How the kernels are laid out on a device; results are equal for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Invocations a workgroup.
    pub workgroup: usize,
    /// Multiply in 64 bits.
    pub int64: bool,
}

impl Default for Layout {
    /// What every device runs.
    fn default() -> Self {
        Self { workgroup: 64, int64: false }
    }
}

impl Layout {
    /// Slots that an invocation of `ec.sample` draws, one after the other: its thresholds are read once for all of them.
    pub const SAMPLE_CHUNK: usize = 8;
    /// Slots that an invocation of `ec.gradient` sums before it adds to the shared total.
    pub const GRADIENT_CHUNK: usize = 128;

    /// Workgroups that a network of `n_words` words takes.
    pub fn groups(&self, n_words: usize) -> u32 {
        n_words.div_ceil(self.workgroup) as u32
    }

    /// Workgroups of `ec.resample` for `slots` networks of `n_words` words.
    pub fn resample_workgroups(&self, n_words: usize, slots: usize) -> [u32; 3] {
        [self.groups(n_words), slots.div_ceil(Self::SAMPLE_CHUNK) as u32, 1]
    }

    /// Workgroups of `ec.gradient` for `slots` networks of `n_words` words.
    pub fn gradient_workgroups(&self, n_words: usize, slots: usize) -> [u32; 3] {
        [self.groups(n_words), slots.div_ceil(Self::GRADIENT_CHUNK) as u32, 1]
    }
}

/// Settings of EC.
#[derive(Debug, Clone, PartialEq)]
pub struct EcSettings {
    /// Members a generation, at least 2.
    pub population: usize,
    /// Step size.
    pub learning_rate: f64,
    /// rho stays in `[epsilon, 1 - epsilon]`.
    pub epsilon: f64,
    /// Adam, or the plain step of the paper's equation 14.
    pub adam: bool,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

/// What EC learns and remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct Ec {
    /// Settings.
    pub settings: EcSettings,
    /// Connection probabilities, `[n_params]`.
    pub rho: Vec<f64>,
    /// Step rule with its memory.
    pub optimizer: Optimizer,
}

/// Statistics of rho.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RhoStatistics {
    /// Mean entropy a connection, bits.
    pub entropy_bits: f64,
    /// Mean of rho.
    pub density: f64,
}

/// The kernels of EC.
#[derive(Debug, Clone)]
pub struct EcKernels {
    /// `ec.sample`: the networks of all fresh slots.
    pub sample: Kernel,
    /// `ec.resample`: the networks of a block of members.
    pub resample: Kernel,
    /// `ec.gradient`: utilities summed over the networks in `theta`.
    pub gradient: Kernel,
}

/// The kernels for networks of `n_words` words.
pub fn kernels(n_words: usize, layout: &Layout) -> Result<EcKernels, ComposeError> {
    let mut constants = Constants::default().uint("N_WORDS", n_words).uint("WORKGROUP", layout.workgroup);
    if layout.int64 {
        constants = constants.import_instead("numerics/mul_high", "numerics/mul_high_64");
    }
    let module = |path: &str, chunk| -> Result<_, ComposeError> {
        compose(path, shader(path).unwrap_or_default(), &constants.clone().uint("CHUNK", chunk))
    };
    let sample = module("algorithms/ec/sample", Layout::SAMPLE_CHUNK)?;
    let gradient = module("algorithms/ec/gradient", Layout::GRADIENT_CHUNK)?;
    Ok(EcKernels {
        sample: Kernel::new("ec.sample", &sample, "sample"),
        resample: Kernel::new("ec.resample", &sample, "resample"),
        gradient: Kernel::new("ec.gradient", &gradient, "gradient"),
    })
}

/// Most members whose utilities sum within `i32`: any partial sum of a block is at most `block (N - 1)`,
/// and of a whole population at most `N^2 / 4`.
pub fn gradient_block(population: usize) -> usize {
    let top = i32::MAX as usize;
    if population * population / 4 <= top { population } else { top / (population - 1) }
}

impl Ec {
    /// EC at its start: rho is 1/2 everywhere.
    pub fn new(settings: EcSettings, n_params: usize) -> Self {
        let optimizer = if settings.adam { Optimizer::Adam(AdamState::new(n_params)) } else { Optimizer::Sgd };
        Self { settings, rho: vec![0.5; n_params], optimizer }
    }

    /// Integer thresholds of the sampling kernel, `round(65536 rho)`, halves up.
    pub fn thresholds(&self) -> impl ExactSizeIterator<Item = u32> {
        self.rho.iter().map(|rho| (65_536.0 * rho + 0.5) as u32)
    }

    /// Thresholds of the deterministic network: a connection exists where rho > 1/2.
    pub fn deterministic_thresholds(&self) -> impl ExactSizeIterator<Item = u32> {
        self.rho.iter().map(|rho| if *rho > 0.5 { 65_536 } else { 0 })
    }

    /// Moves rho by the integer gradient `sum_k u_k theta_k`, `[n_params]`; returns the norm of the change.
    ///
    /// `mean_k w_k (theta_k - rho) = sum_k u_k theta_k / (2 N (N - 1))`, since the utilities sum to 0.
    pub fn tell(&mut self, gradient: &[i64]) -> f64 {
        let EcSettings { population, learning_rate, epsilon, weight_decay, .. } = self.settings;
        let n = population as f64;
        let scale = 1.0 / (2.0 * n * (n - 1.0));
        let limit = |rho: f64| rho.max(epsilon).min(1.0 - epsilon);
        let estimate = |index: usize| gradient[index] as f64 * scale;
        self.optimizer.ascend(&mut self.rho, estimate, learning_rate, weight_decay, limit)
    }

    /// Entropy and density of rho.
    pub fn statistics(&self) -> RhoStatistics {
        let n = self.rho.len() as f64;
        let entropy = |p: f64| if p <= 0.0 || p >= 1.0 { 0.0 } else { -p * p.log2() - (1.0 - p) * (1.0 - p).log2() };
        RhoStatistics {
            entropy_bits: self.rho.iter().map(|rho| entropy(*rho)).sum::<f64>() / n,
            density: self.rho.iter().sum::<f64>() / n,
        }
    }
}
