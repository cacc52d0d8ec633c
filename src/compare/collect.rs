//! Results of the runs, collected for the report.

use super::{
    Cell, CompareError, Matrix, Stage, Standing,
    energy::{Energy, Inputs, energy},
    standing::generations,
};
use crate::{
    algorithms::Symbol,
    analysis::{connectivity::share_above_zero, statistics},
    config::{Config, Family},
    kernel::device::DeviceTraits,
    networks,
    plan::{Plan, q_learners::QPlan},
    report::{GenerationMetrics, RunDir},
    run::{RunError, arms::ArmBatch},
};

/// Run with at least one generation.
#[derive(Clone, Debug)]
pub struct Run {
    /// Cell of the matrix.
    pub cell: Cell,
    /// Progress.
    pub standing: Standing,
    /// Metrics of its generations.
    pub metrics: Vec<GenerationMetrics>,
    /// Share of the connections that exist in the newest checkpoint, for a 1-bit network that is cut from real
    /// numbers.
    pub existing: Option<f64>,
}

/// Network of an entry on a task, according to the plan.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Model {
    /// Name of the network.
    pub network: String,
    /// Number of parameters, padding left out.
    pub parameters: usize,
    /// Bits per parameter.
    pub bits: usize,
    /// Size of the parameters of one member, bytes.
    pub bytes: usize,
    /// Number of neurons that can spike; 0 if nothing spikes.
    pub neurons: usize,
    /// Simulated milliseconds per environment step.
    pub step_ms: f64,
    /// Length of a time step of the neurons, ms; `None` if there is none.
    pub dt_ms: Option<f64>,
    /// Name of the distribution's parameters in checkpoints, and a flag for probabilities.
    #[serde(skip)]
    pub symbol: Symbol,
}

/// All runs of an entry on a task.
#[derive(Clone, Debug)]
pub struct Group {
    /// Index of the entry.
    pub entry: usize,
    /// Index of the task.
    pub task: usize,
    /// Network.
    pub model: Model,
    /// Configuration of the first run.
    pub config: Config,
    /// Runs that have begun, by seed in the order of the experiment.
    pub runs: Vec<Run>,
}

/// Horizontal axis of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// Finished generations.
    Generations,
    /// Training frames.
    Frames,
    /// Wall-clock seconds, evaluations included, startup excluded.
    Seconds,
}

/// Returns the groups by task, then entry; a group may have no run.
///
/// Errors: run directories of other configurations, or that cannot be read; a network that cannot be planned;
/// [`CompareError::Nothing`] if there is no run at all.
pub fn collect(matrix: &Matrix) -> Result<Vec<Group>, CompareError> {
    let mut groups = Vec::new();
    for task in 0..matrix.task_names().len() {
        for entry in 0..matrix.entry_names().len() {
            let cells: Vec<_> = matrix.cells.iter().filter(|cell| (cell.entry, cell.task) == (entry, task)).collect();
            let Some(first) = cells.first() else { continue };
            let (config, model) = (first.config.clone(), Model::of(&first.config)?);
            let runs = cells.iter().map(|cell| run(cell, &model)).collect::<Result<Vec<_>, _>>()?;
            groups.push(Group { entry, task, model, config, runs: runs.into_iter().flatten().collect() });
        }
    }
    match groups.iter().any(|group| !group.runs.is_empty()) {
        true => Ok(groups),
        false => Err(CompareError::Nothing(matrix.out.clone())),
    }
}

fn run(cell: &Cell, model: &Model) -> Result<Option<Run>, CompareError> {
    let standing = Standing::of(cell)?;
    if standing.stage == Stage::Missing {
        return Ok(None);
    }
    let dir = RunDir::open(&cell.path)?;
    let metrics = generations(&dir)?;
    let existing = match dir.generations()?.last() {
        Some(newest) if model.bits == 1 && !model.symbol.probability => {
            Some(share_above_zero(&dir.checkpoint(*newest), model.symbol.name)?)
        }
        _ => None,
    };
    Ok((!metrics.is_empty()).then(|| Run { cell: cell.clone(), standing, metrics, existing }))
}

impl Model {
    /// Returns the network of an arm: its readout weights.
    fn of_arms(batch: &ArmBatch) -> Self {
        let network = &batch.spec.network;
        let parameters = 2 * network.neurons;
        Self {
            network: "reservoir".into(),
            parameters,
            bits: 32,
            bytes: 4 * parameters,
            neurons: network.neurons,
            step_ms: network.sim_time_ms,
            dt_ms: Some(network.dt_ms),
            symbol: Symbol { name: "readout", probability: false },
        }
    }

    /// Returns the largest network of learners of action values.
    fn of_learners(plan: &QPlan, config: &Config) -> Self {
        let network = networks::build(&config.network, None);
        let parameters = plan.widest().parameters();
        Self {
            network: network.name().into(),
            parameters,
            bits: 32,
            bytes: 4 * parameters,
            neurons: plan.widest().width as usize,
            step_ms: network.step_ms(),
            dt_ms: None,
            symbol: Symbol { name: "nets", probability: false },
        }
    }

    /// Returns the network of a configuration.
    ///
    /// Errors: a configuration that cannot be planned.
    pub fn of(config: &Config) -> Result<Self, RunError> {
        if let Some(batch) = ArmBatch::of(config)? {
            return Ok(Self::of_arms(&batch));
        }
        // only sizes matter, so any device will do
        let device = DeviceTraits { max_binding_bytes: 2 << 30, ..DeviceTraits::default() };
        if config.algorithm.family() == Family::QLearners {
            return Ok(Self::of_learners(&QPlan::new(config, device)?, config));
        }
        let plan = Plan::new(config, device)?;
        let (parameters, bits) = (plan.n_params(), plan.genome.weights.precision());
        Ok(Self {
            network: plan.network.name().into(),
            parameters,
            bits,
            bytes: (parameters * bits).div_ceil(8),
            neurons: plan.network.n_neurons(),
            step_ms: plan.network.step_ms(),
            dt_ms: config.text_of("network.dt_ms").and_then(|text| text.parse().ok()),
            symbol: plan.algorithm.symbol(),
        })
    }
}

impl Run {
    /// Returns `(x, return)` of the deterministic network for each evaluation whose episodes all stayed finite.
    pub fn evaluations(&self, along: Along) -> Vec<(f64, f64)> {
        let mut seconds = 0.0;
        let mut points = Vec::new();
        for line in &self.metrics {
            seconds += line.timing.wall_seconds;
            let x = match along {
                Along::Generations => f64::from(line.generation) + 1.0,
                Along::Frames => line.frames as f64,
                Along::Seconds => seconds,
            };
            points.extend(line.sound_evaluation().map(|value| (x, value)));
        }
        points
    }

    /// Returns the number of evaluations in which episodes became non-finite; they are in none of the statistics.
    pub fn broken_evaluations(&self) -> usize {
        self.metrics.iter().filter(|line| line.eval_nonfinite.unwrap_or(0) > 0).count()
    }

    /// Returns the return of the last evaluation.
    pub fn last(&self) -> Option<f64> {
        self.evaluations(Along::Generations).last().map(|point| point.1)
    }

    /// Returns the largest return of an evaluation.
    pub fn best(&self) -> Option<f64> {
        self.evaluations(Along::Generations).into_iter().map(|point| point.1).max_by(f64::total_cmp)
    }

    /// Returns the training frames of each generation.
    fn frames(&self) -> Vec<f64> {
        let ends = self.metrics.iter().map(|line| line.frames);
        let begins = std::iter::once(0).chain(ends.clone());
        ends.zip(begins).map(|(end, begin)| end.saturating_sub(begin) as f64).collect()
    }

    /// Returns the training frames in total, and the seconds of training without evaluations.
    pub fn training(&self) -> (f64, f64) {
        let frames = self.frames();
        let timed = self.metrics.iter().zip(&frames).filter(|(line, _)| line.timing.frames_per_second > 0.0);
        (frames.iter().sum(), timed.map(|(line, frames)| frames / line.timing.frames_per_second).sum())
    }

    /// Returns the wall-clock seconds of all generations, evaluations included.
    pub fn wall_seconds(&self) -> f64 {
        self.metrics.iter().map(|line| line.timing.wall_seconds).sum()
    }

    /// Returns the mean over all frames of the run of a value that generations have; `None` if none has it.
    fn over_frames(&self, of: fn(&GenerationMetrics) -> f64) -> Option<f64> {
        let frames = self.frames();
        let known: Vec<_> = self.metrics.iter().map(of).zip(frames).filter(|(value, _)| value.is_finite()).collect();
        let total: f64 = known.iter().map(|(_, frames)| frames).sum();
        (total > 0.0).then(|| known.iter().map(|(value, frames)| value * frames).sum::<f64>() / total)
    }

    /// Returns the mean connection probability after the last generation, or the share of the connections that exist.
    pub fn density(&self) -> Option<f64> {
        self.metrics.last().map(|line| line.density).filter(|density| density.is_finite()).or(self.existing)
    }

    /// Returns the firing rate of a neuron, Hz of simulated time.
    pub fn firing_rate_hz(&self) -> Option<f64> {
        self.over_frames(|line| line.firing_rate_hz)
    }

    /// Returns the energy estimate for a network of spiking neurons with a known time step.
    pub fn energy(&self, model: &Model) -> Option<(Inputs, Energy)> {
        let (rate_hz, dt_ms) = (self.firing_rate_hz()?, model.dt_ms.filter(|_| model.neurons > 0)?);
        let neurons = model.neurons as f64;
        // in a network of bits, only connections that exist count
        let share = match model.bits {
            1 => self.over_frames(|line| line.density).or(self.existing)?,
            _ => 1.0,
        };
        let generations = self.metrics.len() as f64;
        let algorithm = &self.cell.config.algorithm;
        let population = f64::from(algorithm.population()) * f64::from(algorithm.episodes());
        let inputs = Inputs {
            neurons,
            steps: self.training().0 / (generations * population) * (model.step_ms / dt_ms),
            rate: rate_hz * dt_ms / 1000.0,
            connections: share * neurons,
            generations,
            population,
        };
        Some((inputs, energy(&inputs)))
    }
}

/// Point of a mean curve: x, mean over the curves, and standard deviation of the sample (0 for one curve).
pub type MeanPoint = (f64, f64, f64);

/// Returns the mean of curves over the range that all of them cover, at the points of any of them. Curves are
/// interpolated linearly.
pub fn mean_curve(curves: &[Vec<(f64, f64)>]) -> Vec<MeanPoint> {
    let curves: Vec<_> = curves.iter().filter(|curve| !curve.is_empty()).collect();
    let from = curves.iter().map(|curve| curve[0].0).fold(f64::NEG_INFINITY, f64::max);
    let to = curves.iter().map(|curve| curve[curve.len() - 1].0).fold(f64::INFINITY, f64::min);
    let mut places: Vec<f64> = curves.iter().flat_map(|curve| curve.iter().map(|point| point.0)).collect();
    places.retain(|x| (from..=to).contains(x));
    places.sort_by(f64::total_cmp);
    places.dedup();
    let point = |x: f64| {
        let values: Vec<f64> = curves.iter().map(|curve| at(curve, x)).collect();
        (x, statistics::mean(&values), statistics::deviation(&values).unwrap_or(0.0))
    };
    places.into_iter().map(point).collect()
}

/// Returns the value of a curve at `x`, which lies in its range.
fn at(curve: &[(f64, f64)], x: f64) -> f64 {
    let above = curve.partition_point(|point| point.0 < x).min(curve.len() - 1);
    let (b, a) = (curve[above], curve[above.saturating_sub(1)]);
    if b.0 <= x || b.0 == a.0 { b.1 } else { a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_curves_cover_what_all_do() {
        let a = vec![(0.0, 0.0), (2.0, 4.0), (4.0, 4.0)];
        let b = vec![(1.0, 4.0), (3.0, 8.0)];
        let expected = [(1.0, 3.0, 2.0_f64.sqrt()), (2.0, 5.0, 2.0_f64.sqrt()), (3.0, 6.0, 8.0_f64.sqrt())];
        let found = mean_curve(&[a.clone(), b]);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!((found.0, found.1), (expected.0, expected.1), "place and mean");
            assert!((found.2 - expected.2).abs() < 1e-12, "deviation at {}", found.0);
        }
        assert_eq!(found.len(), 3, "1, 2 and 3");
        assert_eq!(mean_curve(&[a, vec![]]).len(), 3, "a curve without points is none");
        assert!(mean_curve(&[]).is_empty(), "nothing");
    }
}
