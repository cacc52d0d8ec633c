//! Measures how much of an estimated gradient is signal, for a signal-adaptive trust region (Li et al. 2026, arXiv
//! 2601.21572).
//!
//! The published idea: bound the Kullback-Leibler divergence of a step relative to the signal's energy, so that steps
//! grow with the signal and vanish where the estimate is noise alone. For a step `a g` along the natural gradient `g`
//! the divergence is `a^2 |g|^2 / 2` to second order, `|g|^2 = sum F_i g_i^2` with the Fisher information `F`. Bounding
//! it by `learning_rate^2 / 2` times the signal's energy `S` gives `a = learning_rate sqrt(S / |g|^2)`.
//!
//! Decided here: `S` is the product of an estimate with the faded mean of those before it. Their noises are
//! independent, so that noise adds nothing to it on the mean, whatever its size. The mean, `S` and `|g|^2` fade by 0.98
//! a generation, for one product alone is far below its own noise: with `D` connections and a population of `N` the
//! signal is at most a share of about `N / D` of the energy. All begin at 0, and only `|g|^2` is corrected for that: a
//! signal has to show first.

/// Share of the mean of estimates, and of the energies, that is left after a generation.
const FADES: f64 = 0.98;

/// The memory of a trust region that adapts to the signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Faded mean of the estimates so far, a parameter each.
    pub mean: Vec<f64>,
    /// Faded means of the signal's energy and of the whole estimate's.
    pub energy: [f64; 2],
    /// Weight of all estimates in the means: below 1 in the first generations.
    pub weight: f64,
}

impl Signal {
    /// Makes a memory of nothing.
    pub fn new(n_params: usize) -> Self {
        Self { mean: vec![0.0; n_params], energy: [0.0; 2], weight: 0.0 }
    }

    /// Takes in an estimate at `params`, whose Fisher information `precision` gives. Returns the square root of the
    /// share of the energy that is signal, in 0..1.
    ///
    /// The first estimate has none before it to be compared with: it is not trusted at all.
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

    /// Hears `generations` estimates of a signal of energy `signal` a parameter in noise of energy 1 a parameter.
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

    /// The share of a signal of energy s in noise of energy 1 is s / (1 + s). The product of an estimate and a mean
    /// that fades by 0.98 has a standard deviation of about sqrt(0.01 / N) of the noise's energy, and about 100 of them
    /// are averaged.
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
