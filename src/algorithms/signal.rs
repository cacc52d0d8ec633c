//! Measures how much of an estimated gradient is signal, for a signal-adaptive trust region (Li et al. 2026, arXiv
//! 2601.21572).
//!
//! The published idea is to bound the Kullback-Leibler divergence of a step relative to the signal's energy. Steps
//! then grow with the signal and vanish if the estimate is pure noise. For a step `a g` along the natural gradient
//! `g`, the divergence is `a^2 |g|^2 / 2` to second order, with `|g|^2 = sum F_i g_i^2` and the Fisher information
//! `F`. Bounding it by `learning_rate^2 / 2` times the signal's energy `S` gives `a = learning_rate sqrt(S / |g|^2)`.
//!
//! Our choices: `S` is the product of an estimate with the decaying mean of earlier ones. Their noises are
//! independent, so noise of any size adds nothing to the expectation of `S`. The mean, `S` and `|g|^2` decay by 0.98
//! per generation, because a single product is far below its own noise. With `D` connections and a population of `N`,
//! the signal is at most a fraction of about `N / D` of the energy. All three begin at 0, and only `|g|^2` is
//! corrected for that: a signal has to prove itself first.

/// Factor by which the mean of estimates and the energies decay per generation.
const FADES: f64 = 0.98;

/// State of a trust region that adapts to the signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Decaying mean of the estimates so far, per parameter.
    pub mean: Vec<f64>,
    /// Decaying means of the energy of the signal and of the whole estimate.
    pub energy: [f64; 2],
    /// Total weight of the estimates in the means; below 1 in the first generations.
    pub weight: f64,
}

impl Signal {
    /// Returns the state before the first estimate.
    pub fn new(n_params: usize) -> Self {
        Self { mean: vec![0.0; n_params], energy: [0.0; 2], weight: 0.0 }
    }

    /// Adds an estimate at `params`, whose Fisher information is `precision`. Returns the square root of the fraction
    /// of the energy that is signal, in 0..1.
    ///
    /// The first estimate gives 0, because there is no earlier one to compare it with.
    pub fn hear(&mut self, params: &[f64], estimate: impl Fn(usize) -> f64, precision: impl Fn(f64) -> f64) -> f64 {
        let fade = |before: f64, now: f64| FADES * before + (1.0 - FADES) * now;
        let (mut signal, mut whole) = (0.0, 0.0);
        for (index, (param, mean)) in params.iter().zip(&mut self.mean).enumerate() {
            let (g, precision) = (estimate(index), precision(*param));
            signal += precision * g * *mean;
            whole += precision * g * g;
            *mean = fade(*mean, g);
        }
        self.energy = [fade(self.energy[0], signal), fade(self.energy[1], whole)];
        self.weight = fade(self.weight, 1.0);
        let share = if self.energy[1] > 0.0 { self.energy[0] * self.weight / self.energy[1] } else { 0.0 };
        share.clamp(0.0, 1.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::normals;

    const N: usize = 20_000;

    /// Adds `generations` estimates with signal of energy `signal` per parameter and noise of energy 1 per parameter.
    fn trust(signal: f64, generations: u32) -> f64 {
        let precision = |param: f64| 1.0 / (param * (1.0 - param));
        let params: Vec<f64> = (0..N).map(|k| 0.01 + 0.98 * k as f64 / N as f64).collect();
        let mut heard = Signal::new(N);
        let mut hear = |generation| {
            let noise: Vec<f64> = normals([generation, 0, 0], [7, 7]).take(N).collect();
            heard.hear(&params, |k| (signal.sqrt() + noise[k]) / precision(params[k]).sqrt(), precision)
        };
        (0..generations).map(&mut hear).last().expect("a generation at least")
    }

    /// Checks that a signal of energy s in noise of energy 1 is a fraction s / (1 + s). The product of an estimate
    /// and a mean that decays by 0.98 has a standard deviation of about sqrt(0.01 / N) of the noise's energy. About
    /// 100 such products are averaged.
    #[test]
    fn trust_is_the_root_of_the_signals_share() {
        for signal in [0.01, 0.1, 1.0] {
            let (found, expected) = (trust(signal, 500).powi(2), signal / (1.0 + signal));
            assert!((found - expected).abs() < 0.03 * expected + 1e-3, "signal {signal}: {found}, not {expected}");
        }
        assert!(trust(0.0, 500).powi(2) < 1e-3, "noise alone");
        assert_eq!(trust(1.0, 1), 0.0, "nothing to compare the first estimate with");
        assert!(trust(1.0, 10) < 0.2, "little has shown");
    }
}
