//! Curves of the metrics of runs.

use super::{AnalysisError, File};
use crate::{
    plot::{Chart, Series},
    report::GenerationMetrics,
};

/// Maximum points per curve; longer curves are averaged over neighbours.
const POINTS: usize = 400;

/// A quantity in `metrics.jsonl`.
struct Quantity {
    file: &'static str,
    title: &'static str,
    axis: &'static str,
    of: fn(&GenerationMetrics) -> f64,
}

const QUANTITIES: [Quantity; 6] = [
    Quantity {
        file: "return",
        title: "Mean of the population",
        axis: "return of an episode",
        of: |line| line.return_mean,
    },
    Quantity {
        file: "eval",
        title: "Deterministic network",
        axis: "return of an episode",
        of: |line| line.eval_return.unwrap_or(f64::NAN),
    },
    Quantity { file: "length", title: "Length of episodes", axis: "steps", of: |line| line.episode_length_mean },
    Quantity { file: "rate", title: "Firing rate", axis: "spikes of a neuron (Hz)", of: |line| line.firing_rate_hz },
    Quantity {
        file: "entropy",
        title: "Entropy of the connections",
        axis: "mean entropy (bits)",
        of: |line| line.rho_entropy_bits,
    },
    Quantity {
        file: "density",
        title: "Density of the connections",
        axis: "mean probability",
        of: |line| line.density,
    },
];

/// Horizontal axis of a curve: file suffix, axis name, value.
type Along = (&'static str, &'static str, fn(&GenerationMetrics) -> f64);

const ALONG: [Along; 2] = [
    ("generations", "generations", |line| f64::from(line.generation) + 1.0),
    ("frames", "training frames", |line| line.frames as f64),
];

/// Returns charts of every quantity with data, over generations and over frames; `runs` are names and metrics.
///
/// Errors: a figure that cannot be drawn.
pub fn curves(runs: &[(String, Vec<GenerationMetrics>)]) -> Result<Vec<File>, AnalysisError> {
    let mut files = Vec::new();
    for quantity in &QUANTITIES {
        for (ending, axis, along) in ALONG {
            let series = runs.iter().map(|(name, metrics)| {
                let points = metrics.iter().map(|line| (along(line), (quantity.of)(line)));
                Series {
                    name: name.clone(),
                    points: thinned(points.filter(|point| point.1.is_finite()).collect(), POINTS),
                    band: vec![],
                }
            });
            let chart = Chart {
                title: quantity.title.into(),
                x: axis.into(),
                y: quantity.axis.into(),
                series: series.collect(),
            };
            if chart.has_points() {
                files.push((format!("{}-{ending}.svg", quantity.file), chart.svg()?));
            }
        }
    }
    Ok(files)
}

/// Returns at most `limit` points, each the mean of equally many neighbours.
pub(super) fn thinned(points: Vec<(f64, f64)>, limit: usize) -> Vec<(f64, f64)> {
    let stride = points.len().div_ceil(limit).max(1);
    let mean = |chunk: &[(f64, f64)]| {
        let (x, y) = chunk.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (x / chunk.len() as f64, y / chunk.len() as f64)
    };
    points.chunks(stride).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_curves_are_averaged() {
        let points: Vec<_> = (0..1000).map(|k| (f64::from(k), f64::from(k % 2))).collect();
        let thin = thinned(points.clone(), 400);
        assert_eq!((thin.len(), thin[0], thin[333]), (334, (1.0, 1.0 / 3.0), (999.0, 1.0)), "chunks of three");
        assert_eq!(thinned(points[..400].to_vec(), 400), points[..400], "short ones stay");
    }
}
