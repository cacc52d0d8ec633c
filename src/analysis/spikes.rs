//! Spikes of a rollout: raster, rates, statistics.

use std::{ops::Range, path::Path};

use serde::Serialize;

use super::{AnalysisError, File, curves::thinned};
use crate::{
    npz::{Column, Element, NpzError, NpzWriter},
    plot::{Chart, Raster, Series},
    report::Table,
    run::rollout::SpikeTrain,
};

/// Maximum points per rate curve; longer curves are averaged over neighbours.
const RATES: usize = 120;

/// Statistics of the spikes of an episode.
#[derive(Clone, Debug, Serialize)]
pub struct SpikeReport {
    /// Number of environment steps.
    pub steps: usize,
    /// Substeps per step.
    pub substeps: usize,
    /// Duration of a substep, in ms.
    pub dt_ms: f64,
    /// Sum of the rewards.
    pub return_sum: f32,
    /// Number of neurons.
    pub neurons: usize,
    /// Number of excitatory neurons.
    pub excitatory: usize,
    /// Total number of spikes.
    pub spikes: u64,
    /// Mean firing rate per neuron, in Hz of simulated time.
    pub rate_hz: f64,
    /// Mean rate of excitatory neurons; null if there are none.
    pub excitatory_rate_hz: Option<f64>,
    /// Mean rate of inhibitory neurons; null if there are none.
    pub inhibitory_rate_hz: Option<f64>,
    /// Number of neurons that never fired.
    pub silent: usize,
    /// Firing rate of every neuron, in Hz of simulated time.
    pub rates_hz: Vec<f64>,
}

impl SpikeReport {
    /// Computes the statistics of a rollout.
    pub fn of(train: &SpikeTrain) -> Self {
        let seconds = train.all_substeps() as f64 * train.dt_ms / 1000.0;
        let count =
            |neuron: usize| (0..train.all_substeps()).filter(|substep| train.fired(*substep, neuron)).count() as u64;
        let counts: Vec<u64> = (0..train.neurons).map(count).collect();
        let rate = |counts: &[u64]| counts.iter().sum::<u64>() as f64 / (counts.len() as f64 * seconds);
        let (excite, inhibit) = counts.split_at(train.excitatory.min(train.neurons));
        Self {
            steps: train.steps,
            substeps: train.substeps,
            dt_ms: train.dt_ms,
            return_sum: train.return_sum,
            neurons: train.neurons,
            excitatory: train.excitatory,
            spikes: counts.iter().sum(),
            rate_hz: rate(&counts),
            excitatory_rate_hz: (!excite.is_empty()).then(|| rate(excite)),
            inhibitory_rate_hz: (!inhibit.is_empty()).then(|| rate(inhibit)),
            silent: counts.iter().filter(|count| **count == 0).count(),
            rates_hz: counts.iter().map(|count| *count as f64 / seconds).collect(),
        }
    }

    /// Returns the statistics as a table for a terminal.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["", ""]);
        let rate = |rate: Option<f64>| rate.map_or("-".into(), |rate| format!("{rate:.2} Hz"));
        table.row(["steps".into(), format!("{} of {} substeps of {} ms", self.steps, self.substeps, self.dt_ms)]);
        table.row(["return".into(), format!("{:.1}", self.return_sum)]);
        table.row(["spikes".into(), self.spikes.to_string()]);
        table.row(["rate".into(), rate(Some(self.rate_hz))]);
        table.row(["excitatory".into(), rate(self.excitatory_rate_hz)]);
        table.row(["inhibitory".into(), rate(self.inhibitory_rate_hz)]);
        table.row(["silent".into(), format!("{} of {} neurons", self.silent, self.neurons)]);
        table
    }
}

/// Returns `raster.svg` for the simulated time `window` (ms), and `rates.svg` for the whole episode.
///
/// Errors: a window without any substep of the episode; a figure that cannot be drawn.
pub fn figures(train: &SpikeTrain, window: Range<f64>) -> Result<Vec<File>, AnalysisError> {
    let end = train.all_substeps() as f64 * train.dt_ms;
    let first = (window.start / train.dt_ms).ceil() as usize;
    let last = ((window.end / train.dt_ms).ceil() as usize).min(train.all_substeps());
    if first >= last {
        let text = format!("the episode has {end} ms of simulated time: there is nothing from {} ms on", window.start);
        return Err(AnalysisError::Refused(text));
    }
    let spikes: Vec<(f64, usize)> = (first..last)
        .flat_map(|substep| (0..train.neurons).map(move |neuron| (substep, neuron)))
        .filter(|(substep, neuron)| train.fired(*substep, *neuron))
        .map(|(substep, neuron)| (substep as f64 * train.dt_ms, neuron))
        .collect();
    let raster = Raster {
        title: "Spikes of the deterministic network".into(),
        x: "simulated time (ms)".into(),
        y: "neuron".into(),
        time: first as f64 * train.dt_ms..last as f64 * train.dt_ms,
        neurons: train.neurons,
        kinds: ["excitatory", "inhibitory"],
        is_second: &(0..train.neurons).map(|neuron| neuron >= train.excitatory).collect::<Vec<_>>(),
        spikes: &spikes,
    };
    let kinds = [("excitatory", 0..train.excitatory), ("inhibitory", train.excitatory..train.neurons)];
    let kinds = kinds.into_iter().filter(|(_, neurons)| !neurons.is_empty());
    let series = kinds.map(|(name, neurons)| Series {
        name: name.into(),
        points: thinned(rates(train, &neurons), RATES),
        band: vec![],
    });
    let chart = Chart {
        title: "Firing rates".into(),
        x: "environment steps".into(),
        y: "spikes of a neuron (Hz)".into(),
        series: series.collect(),
    };
    Ok(vec![("raster.svg".into(), raster.svg()?), ("rates.svg".into(), chart.svg()?)])
}

/// Returns the mean rate of some neurons in every environment step, in Hz of simulated time.
fn rates(train: &SpikeTrain, neurons: &Range<usize>) -> Vec<(f64, f64)> {
    let seconds = train.substeps as f64 * train.dt_ms / 1000.0;
    let count = |substep: usize| neurons.clone().filter(|neuron| train.fired(substep, *neuron)).count();
    let rate = |step: usize| {
        let spikes: usize = (step * train.substeps..(step + 1) * train.substeps).map(count).sum();
        (step as f64 + 1.0, spikes as f64 / (neurons.len() as f64 * seconds))
    };
    (0..train.steps).map(rate).collect()
}

/// Writes `spikes` to a NumPy file: bytes `[steps, substeps, neurons]`, 1 where a neuron fired.
///
/// Errors: the file cannot be written.
pub fn write(train: &SpikeTrain, path: &Path) -> Result<(), NpzError> {
    let shape = vec![train.steps, train.substeps, train.neurons];
    let mut writer = NpzWriter::create(path, vec![Column { name: "spikes", element: Element::Byte, shape }])?;
    for substep in 0..train.all_substeps() {
        let bytes: Vec<u8> = (0..train.neurons).map(|neuron| u8::from(train.fired(substep, neuron))).collect();
        writer.append(0, &bytes)?;
    }
    writer.finish()
}
