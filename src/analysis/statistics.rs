//! Means and intervals over few seeds.

use rand::seq::IndexedRandom;

use crate::kernel::random::{CounterRng, Key};

/// Number of resamples in a bootstrap.
pub const RESAMPLES: u32 = 10_000;
/// Key of the bootstrap's random numbers, fixed so that equal input gives equal intervals.
const KEY: Key = [0x6d65_616e, 0x7365_6564];

/// Returns the mean; NaN for no values.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns the standard deviation of the sample, with divisor n - 1; `None` for fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// Returns the interquartile mean (Agarwal et al., NeurIPS 2021): the mean after a quarter of the values, rounded down
/// to whole values, is removed at either end. For fewer than four values it is the mean.
pub fn interquartile_mean(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    mean(&sorted[cut..sorted.len() - cut])
}

/// Returns the percentile interval that holds 95 % of the interquartile means of resamples. Each stratum (the seeds of
/// a task) is resampled separately. Returns `None` if no stratum has two values.
pub fn bootstrap(strata: &[&[f64]]) -> Option<(f64, f64)> {
    if !strata.iter().any(|stratum| stratum.len() > 1) {
        return None;
    }
    let mut estimates: Vec<f64> = (0..RESAMPLES).map(|draw| interquartile_mean(&resample(strata, draw))).collect();
    estimates.sort_by(f64::total_cmp);
    Some((percentile(&estimates, 0.025), percentile(&estimates, 0.975)))
}

/// Returns draw number `draw`, with replacement.
fn resample(strata: &[&[f64]], draw: u32) -> Vec<f64> {
    let mut values = Vec::new();
    for (index, stratum) in strata.iter().enumerate() {
        let mut rng = CounterRng::new([draw, index as u32, 0], KEY);
        values.extend(stratum.iter().filter_map(|_| stratum.choose(&mut rng).copied()));
    }
    values
}

/// Returns the value below which the share `p` of `sorted` lies, interpolated between neighbours.
pub fn percentile(sorted: &[f64], p: f64) -> f64 {
    let place = p * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_deviations_are_those_of_the_hand() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), 5.0, "mean");
        assert_eq!(deviation(&values), Some((32.0_f64 / 7.0).sqrt()), "deviation of a sample");
        assert_eq!(deviation(&[3.0]), None, "one value has none");
        assert_eq!(interquartile_mean(&values), 4.5, "4, 4, 5, 5 are left");
        assert_eq!(interquartile_mean(&[9.0, 1.0, 2.0]), 4.0, "too few to cut: the mean");
        assert_eq!(interquartile_mean(&[100.0, 1.0, 2.0, -50.0, 3.0]), 2.0, "outliers are cut, in any order");
    }

    #[test]
    fn percentiles_interpolate() {
        let sorted = [0.0, 1.0, 2.0, 3.0, 4.0];
        assert_eq!(percentile(&sorted, 0.0), 0.0, "smallest");
        assert_eq!(percentile(&sorted, 0.625), 2.5, "between");
        assert_eq!(percentile(&sorted, 1.0), 4.0, "largest");
    }

    /// Compares with the asymptotic variance of a mean trimmed by alpha (Huber, Robust Statistics, 3.3). For numbers
    /// uniform in an interval of width w it is w^2 (1/96 + 2 alpha / 16) / (1 - 2 alpha)^2 / n with alpha = 1/4.
    #[test]
    fn intervals_cover_what_they_should() {
        // (0, 0, 0) is one of 27 resamples, more than 2.5 %: both ends are the extremes
        assert_eq!(bootstrap(&[&[0.0, 1.0, 2.0]]), Some((0.0, 2.0)), "three values");
        let values: Vec<f64> = (0..400).map(f64::from).collect();
        let (low, high) = bootstrap(&[&values]).expect("400 values");
        let half = 1.96 * (400.0_f64.powi(2) * (1.0 / 96.0 + 1.0 / 32.0) / 0.25 / 400.0).sqrt();
        for (end, expected) in [(low, 199.5 - half), (high, 199.5 + half)] {
            assert!((end - expected).abs() < 0.1 * half, "{end} should be near {expected}");
        }
        assert_eq!(bootstrap(&[&values]), Some((low, high)), "equal input, equal interval");
        assert_eq!(bootstrap(&[&[1.0], &[2.0]]), None, "one seed says nothing");
        let (low, high) = bootstrap(&[&[5.0, 5.0], &[1.0, 1.0]]).expect("two strata");
        assert_eq!((low, high), (3.0, 3.0), "strata are not mixed");
    }
}
