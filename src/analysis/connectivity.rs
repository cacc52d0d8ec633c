//! Connection probabilities of a checkpoint, and statistics of the resulting network.

use std::path::Path;

use serde::Serialize;

use super::{AnalysisError, File};
use crate::{
    algorithms::ec::entropy_bits,
    config::{Config, NetworkConfig},
    networks::rsnn::RsnnSpec,
    plot::{Chart, Heat, Series},
    report::Table,
    run::{RunError, checkpoint::Checkpoint},
};

/// Prefix of the probabilities in a checkpoint.
const PROBABILITIES: &str = "rho";

/// One matrix of connection probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Probabilities {
    /// Name without `rho.`: `hidden`.
    pub name: String,
    /// Number of postsynaptic neurons (columns).
    pub cols: usize,
    /// Probabilities rho, `[presynaptic, postsynaptic]`.
    pub rho: Vec<f64>,
}

/// Statistics of one matrix. A connection exists (in the deterministic network) if rho > 1/2.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixStatistics {
    /// Name of the matrix.
    pub name: String,
    /// Numbers of neurons, `[presynaptic, postsynaptic]`.
    pub shape: [usize; 2],
    /// Mean of rho.
    pub mean_rho: f64,
    /// Fraction of connections that exist.
    pub density: f64,
    /// Mean entropy per connection, in bits.
    pub entropy_bits: f64,
    /// Existing connections per postsynaptic neuron.
    pub in_degree: Degrees,
    /// Existing connections per presynaptic neuron.
    pub out_degree: Degrees,
    /// For a square matrix: fraction of existing connections between different neurons whose reverse exists as well.
    pub reciprocity: Option<f64>,
    /// For a square matrix: statistics by kinds of neurons, if there are both kinds.
    pub blocks: Vec<BlockStatistics>,
}

/// Number of connections per neuron.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Degrees {
    /// Mean.
    pub mean: f64,
    /// Standard deviation over neurons.
    pub deviation: f64,
    /// Minimum.
    pub min: usize,
    /// Maximum.
    pub max: usize,
    /// Value of every neuron.
    pub all: Vec<usize>,
}

/// Statistics of the connections from one kind of neuron to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockStatistics {
    /// Kinds of the neurons; `E->I` is from excitatory to inhibitory.
    pub block: &'static str,
    /// Fraction of connections that exist.
    pub density: f64,
    /// Mean of rho.
    pub mean_rho: f64,
}

/// Returns all matrices of connection probabilities of a checkpoint, sorted by name; none if another algorithm wrote
/// it.
///
/// Errors: an invalid checkpoint.
pub fn probabilities(checkpoint: &Path) -> Result<Vec<Probabilities>, RunError> {
    matrices(checkpoint, PROBABILITIES)
}

/// Returns the fraction of the parameters `symbol` of a checkpoint that are above 0. In a 1-bit network with
/// thresholded real parameters, these are the connections that exist.
///
/// Errors: an invalid checkpoint, or one without such parameters.
pub fn share_above_zero(checkpoint: &Path, symbol: &str) -> Result<f64, RunError> {
    let all: Vec<f64> = matrices(checkpoint, symbol)?.into_iter().flat_map(|matrix| matrix.rho).collect();
    match all.is_empty() {
        true => Err(RunError::checkpoint(checkpoint, format!("it has no parameters `{symbol}`"))),
        false => Ok(all.iter().filter(|value| **value > 0.0).count() as f64 / all.len() as f64),
    }
}

/// Returns all matrices whose names begin with `symbol` and a dot.
fn matrices(checkpoint: &Path, symbol: &str) -> Result<Vec<Probabilities>, RunError> {
    let matrices = Checkpoint::read(checkpoint)?.matrices_of(symbol)?;
    Ok(matrices.into_iter().map(|(name, cols, rho)| Probabilities { name, cols, rho }).collect())
}

/// Returns the number of excitatory hidden neurons, per hemisphere if there are two; `None` if the network has no
/// such kinds.
pub fn excitatory(config: &Config) -> Option<usize> {
    match &config.network {
        NetworkConfig::Rsnn(rsnn) => Some(RsnnSpec::from(rsnn).side_exc()),
        _ => None,
    }
}

impl Probabilities {
    /// Returns the number of presynaptic neurons or lines.
    pub fn rows(&self) -> usize {
        self.rho.len() / self.cols
    }

    fn exists(&self, row: usize, col: usize) -> bool {
        self.rho[row * self.cols + col] > 0.5
    }

    /// Returns the statistics of the matrix. The first `excitatory` neurons of a square matrix are excitatory.
    pub fn statistics(&self, excitatory: Option<usize>) -> MatrixStatistics {
        let (rows, cols, n) = (self.rows(), self.cols, self.rho.len() as f64);
        let count = |of: &dyn Fn(usize) -> bool, range: usize| (0..range).filter(|k| of(*k)).count();
        let square = rows == cols;
        MatrixStatistics {
            name: self.name.clone(),
            shape: [rows, cols],
            mean_rho: self.rho.iter().sum::<f64>() / n,
            density: self.rho.iter().filter(|rho| **rho > 0.5).count() as f64 / n,
            entropy_bits: self.rho.iter().map(|rho| entropy_bits(*rho)).sum::<f64>() / n,
            in_degree: Degrees::of((0..cols).map(|col| count(&|row| self.exists(row, col), rows)).collect()),
            out_degree: Degrees::of((0..rows).map(|row| count(&|col| self.exists(row, col), cols)).collect()),
            reciprocity: square.then(|| self.reciprocity()).flatten(),
            blocks: excitatory.filter(|count| square && *count <= cols).map_or(vec![], |count| self.blocks(count)),
        }
    }

    /// Returns the fraction of existing connections between different neurons whose reverse exists; `None` without
    /// any.
    fn reciprocity(&self) -> Option<f64> {
        let pairs = (0..self.cols).flat_map(|row| (0..self.cols).map(move |col| (row, col)));
        let there: Vec<_> = pairs.filter(|(row, col)| row != col && self.exists(*row, *col)).collect();
        let both = there.iter().filter(|(row, col)| self.exists(*col, *row)).count();
        (!there.is_empty()).then(|| both as f64 / there.len() as f64)
    }

    fn blocks(&self, excitatory: usize) -> Vec<BlockStatistics> {
        let (e, i) = (0..excitatory, excitatory..self.cols);
        let all = [("E->E", &e, &e), ("E->I", &e, &i), ("I->E", &i, &e), ("I->I", &i, &i)];
        let block = |(block, from, to): (&'static str, &std::ops::Range<usize>, &std::ops::Range<usize>)| {
            let rho: Vec<f64> =
                from.clone().flat_map(|row| to.clone().map(move |col| self.rho[row * self.cols + col])).collect();
            let n = rho.len() as f64;
            (!rho.is_empty()).then(|| BlockStatistics {
                block,
                density: rho.iter().filter(|rho| **rho > 0.5).count() as f64 / n,
                mean_rho: rho.iter().sum::<f64>() / n,
            })
        };
        all.into_iter().filter_map(block).collect()
    }
}

impl Degrees {
    fn of(all: Vec<usize>) -> Self {
        let n = all.len() as f64;
        let mean = all.iter().sum::<usize>() as f64 / n;
        let deviation = (all.iter().map(|degree| (*degree as f64 - mean).powi(2)).sum::<f64>() / n).sqrt();
        let (min, max) = (all.iter().copied().min().unwrap_or(0), all.iter().copied().max().unwrap_or(0));
        Self { mean, deviation, min, max, all }
    }
}

/// Returns an image of every matrix, and a chart of its degrees.
///
/// Errors: a figure that cannot be drawn.
pub fn figures(matrices: &[Probabilities], statistics: &[MatrixStatistics]) -> Result<Vec<File>, AnalysisError> {
    let mut files = Vec::new();
    for (matrix, statistics) in matrices.iter().zip(statistics) {
        let heat = Heat {
            title: format!("Connections: {}", matrix.name),
            x: "postsynaptic".into(),
            y: "presynaptic".into(),
            value: "rho".into(),
            cols: matrix.cols,
            values: &matrix.rho,
        };
        files.push((format!("rho-{}.svg", matrix.name), heat.svg()?));
        let degrees = [("in (postsynaptic)", &statistics.in_degree), ("out (presynaptic)", &statistics.out_degree)];
        let width = (degrees.iter().map(|(_, degree)| degree.max).max().unwrap_or(0) / 24).max(1);
        let series = degrees.map(|(name, degree)| Series {
            name: name.into(),
            points: histogram(&degree.all, width),
            band: vec![],
        });
        let chart = Chart {
            title: format!("Degrees: {}", matrix.name),
            x: format!("connections of a neuron (bins of {width})"),
            y: "share of the neurons".into(),
            series: series.into(),
        };
        files.push((format!("degrees-{}.svg", matrix.name), chart.svg()?));
    }
    Ok(files)
}

/// Returns the fraction of neurons by degree: a point at the centre of every bin of `width`, and an empty bin at
/// either end.
fn histogram(degrees: &[usize], width: usize) -> Vec<(f64, f64)> {
    let bin = |degree: usize| degree / width;
    let (first, last) =
        (degrees.iter().map(|d| bin(*d)).min().unwrap_or(0), degrees.iter().map(|d| bin(*d)).max().unwrap_or(0));
    let point = |k: usize| {
        let count = degrees.iter().filter(|degree| bin(**degree) == k).count();
        ((k as f64 + 0.5) * width as f64 - 0.5, count as f64 / degrees.len() as f64)
    };
    (first.saturating_sub(1)..=last + 1).map(point).collect()
}

/// Returns one line per matrix, then one line per block.
pub fn table(statistics: &[MatrixStatistics]) -> Table {
    let mut table =
        Table::new(["matrix", "shape", "mean rho", "density", "entropy", "in-degree", "out-degree", "reciprocity"]);
    let degrees = |degrees: &Degrees| format!("{:.1} +- {:.1}", degrees.mean, degrees.deviation);
    for matrix in statistics {
        table.row([
            matrix.name.clone(),
            format!("{} x {}", matrix.shape[0], matrix.shape[1]),
            format!("{:.3}", matrix.mean_rho),
            format!("{:.3}", matrix.density),
            format!("{:.3} bits", matrix.entropy_bits),
            degrees(&matrix.in_degree),
            degrees(&matrix.out_degree),
            matrix.reciprocity.map_or(String::new(), |share| format!("{share:.3}")),
        ]);
        for block in &matrix.blocks {
            table.row([
                format!("  {}", block.block),
                String::new(),
                format!("{:.3}", block.mean_rho),
                format!("{:.3}", block.density),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns three neurons, two of them excitatory: 0 -> 1, 1 -> 0, 0 -> 2, 2 -> 2.
    fn small() -> Probabilities {
        let rho = vec![0.0, 0.9, 0.75, 0.75, 0.5, 0.25, 0.25, 0.5, 1.0];
        Probabilities { name: "hidden".into(), cols: 3, rho }
    }

    #[test]
    fn statistics_are_those_of_the_hand() {
        let statistics = small().statistics(Some(2));
        assert_eq!((statistics.density, statistics.shape), (4.0 / 9.0, [3, 3]), "four of nine; one half is none");
        assert!((statistics.mean_rho - 4.9 / 9.0).abs() < 1e-15, "mean");
        assert_eq!(statistics.in_degree.all, [1, 1, 2], "columns");
        assert_eq!(statistics.out_degree.all, [2, 1, 1], "rows");
        assert_eq!(statistics.reciprocity, Some(2.0 / 3.0), "0 -> 1 and back, 0 -> 2 not; 2 -> 2 does not count");
        let blocks: Vec<_> = statistics.blocks.iter().map(|block| (block.block, block.density)).collect();
        assert_eq!(blocks, [("E->E", 0.5), ("E->I", 0.5), ("I->E", 0.0), ("I->I", 1.0)], "blocks");
        let quarter = 2.0 - 0.75 * 3.0_f64.log2();
        let tenth = -0.1 * 0.1_f64.log2() - 0.9 * 0.9_f64.log2();
        assert!((statistics.entropy_bits - (4.0 * quarter + 2.0 + tenth) / 9.0).abs() < 1e-15, "entropy");
    }

    #[test]
    fn histograms_hold_all_neurons() {
        assert_eq!(histogram(&[4, 4, 5, 7], 2), [(2.5, 0.0), (4.5, 0.75), (6.5, 0.25), (8.5, 0.0)], "bins of two");
    }
}
