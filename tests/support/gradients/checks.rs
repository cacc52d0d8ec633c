//! How gradients are checked: a comparer that remembers which of its named checks failed, and finite differences.

use super::layout::Layout;
use super::numbers::{float, floats};
use serde_json::Value;

/// Checks so far.
#[derive(Debug, Clone)]
pub struct Checks {
    /// Largest error that passes, relative to the largest entry of what is expected.
    pub tolerance: f64,
    /// Names of the checks that failed, with their errors.
    pub failed: Vec<(String, f64)>,
    /// Largest error of all checks.
    pub worst: f64,
    /// Number of checks.
    pub count: usize,
}

impl Checks {
    /// Begins with no check made.
    pub fn within(tolerance: f64) -> Self {
        Self { tolerance, failed: vec![], worst: 0.0, count: 0 }
    }

    /// Compares entry by entry, relative to the largest entry of `want`.
    pub fn equal(&mut self, name: impl Into<String>, got: &[f64], want: &[f64]) {
        let scale = want.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
        self.equal_to_scale(name, got, want, scale);
    }

    /// Compares entry by entry, relative to `scale`; an error counts as it is where `scale` is 0. A number that is not
    /// finite, or one too few, is infinitely wrong.
    pub fn equal_to_scale(&mut self, name: impl Into<String>, got: &[f64], want: &[f64], scale: f64) {
        let unit = if scale > 0.0 { scale } else { 1.0 };
        let error = |(got, want): (&f64, &f64)| {
            let error = (got - want).abs() / unit;
            if error.is_finite() { error } else { f64::INFINITY }
        };
        let largest = got.iter().zip(want).map(error).fold(0.0, f64::max);
        self.note(name.into(), if got.len() == want.len() { largest } else { f64::INFINITY });
    }

    /// Compares with a digest of the golden file: norm, sum, first entries, last entry. The norm is the scale of norm
    /// and sum, the root of the mean square that of entries.
    pub fn digest(&mut self, name: &str, got: &[f64], golden: &Value) {
        let norm = float(&golden["norm"]);
        let entry = norm / (got.len() as f64).sqrt();
        let first = floats(&golden["first"]);
        let norm_of = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>().sqrt();
        self.equal_to_scale(format!("{name}: norm"), &[norm_of(got)], &[norm], norm);
        self.equal_to_scale(format!("{name}: sum"), &[got.iter().sum()], &[float(&golden["sum"])], norm);
        self.equal_to_scale(format!("{name}: first"), &got[..first.len().min(got.len())], &first, entry);
        self.equal_to_scale(format!("{name}: last"), &got[got.len() - 1..], &[float(&golden["last"])], entry);
    }

    /// Compares gradients tensor by tensor, each relative to its own largest entry.
    pub fn tensors(&mut self, case: &str, layout: &Layout, got: &[f64], want: &[f64]) {
        for place in &layout.0 {
            let name = format!("{case}{}", place.name);
            self.equal(name, layout.of(got, place.name), layout.of(want, place.name));
        }
    }

    /// Returns true if a check whose name contains `part` failed.
    pub fn reports(&self, part: &str) -> bool {
        self.failed.iter().any(|(name, _)| name.contains(part))
    }

    /// Returns what is wrong: the failed checks, or that there was none at all.
    pub fn verdict(&self) -> Result<(), String> {
        match (self.count, self.failed.len()) {
            (0, _) => Err("nothing was compared".into()),
            (_, 0) => Ok(()),
            _ => Err(format!("beyond {:e}: {:?}", self.tolerance, self.failed)),
        }
    }

    /// Panics unless all checks passed.
    pub fn assert_passed(&self) {
        self.verdict().unwrap_or_else(|wrong| panic!("{wrong}"));
    }

    fn note(&mut self, name: String, error: f64) {
        self.count += 1;
        self.worst = self.worst.max(error);
        if error > self.tolerance {
            self.failed.push((name, error));
        }
    }
}

/// Moves one parameter by this much up and down. The error of a difference is about `STEP^2` of the third derivative,
/// plus `1e-16 / STEP` of the loss: 1e-10 and 1e-11 where both are of order 1.
pub const STEP: f64 = 1e-5;

/// Returns the derivative of `loss` along each entry of `at`.
pub fn central(at: &[f64], loss: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut moved = at.to_vec();
    let mut along = |i: usize| {
        moved[i] = at[i] + STEP;
        let above = loss(&moved);
        moved[i] = at[i] - STEP;
        let below = loss(&moved);
        moved[i] = at[i];
        (above - below) / (2.0 * STEP)
    };
    (0..at.len()).map(&mut along).collect()
}
