//! All numbers of the report: those in the tables, and those in `report.json`.

use serde::Serialize;

use crate::{
    analysis::statistics::{RESAMPLES, bootstrap, deviation, interquartile_mean, mean},
    compare::{
        Matrix, Stage,
        collect::{Group, Model, Run},
        energy::{Energy, FORMULA, Inputs},
    },
    config::{self, Config},
};

/// Numbers of a report.
#[derive(Clone, Debug, Serialize)]
pub struct Numbers {
    /// Title of the experiment.
    pub title: String,
    /// Names of the tasks.
    pub tasks: Vec<String>,
    /// Seeds.
    pub seeds: Vec<u64>,
    /// Number of resamples of each bootstrap.
    pub resamples: u32,
    /// Formula of the energy estimate.
    pub energy_formula: &'static str,
    /// One row per entry and task, by task.
    pub rows: Vec<Row>,
    /// Entries over all tasks; empty unless all of them can be compared.
    pub overall: Vec<Overall>,
    /// Speed ratios of rows that differ only in the algorithm.
    pub ratios: Vec<Ratio>,
}

/// Entry on a task.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Name of the task.
    pub task: String,
    /// Name of the entry.
    pub entry: String,
    /// Members per generation.
    pub population: u32,
    /// Network.
    pub model: Model,
    /// Return of the last evaluation, over seeds.
    pub last: Option<Spread>,
    /// Largest return of an evaluation, over seeds.
    pub best: Option<Spread>,
    /// Training frames per second of training, all runs together.
    pub frames_per_second: Option<f64>,
    /// Mean firing rate, Hz of simulated time.
    pub firing_rate_hz: Option<f64>,
    /// Energy estimate, means over the runs.
    pub energy: Option<EnergyRow>,
    /// Runs.
    pub runs: Vec<RunRow>,
}

/// Values over seeds.
#[derive(Clone, Debug, Serialize)]
pub struct Spread {
    /// Number of values.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the sample; null for one value.
    pub deviation: Option<f64>,
    /// Interquartile mean.
    pub interquartile_mean: f64,
    /// 95 % percentile bootstrap interval of the interquartile mean; null for one value.
    pub interval: Option<(f64, f64)>,
}

/// Single run.
#[derive(Clone, Debug, Serialize)]
pub struct RunRow {
    /// Seed.
    pub seed: u64,
    /// `finished` or `begun`.
    pub stage: &'static str,
    /// Generations in its metrics.
    pub generations: usize,
    /// Training frames.
    pub frames: f64,
    /// Wall-clock seconds, evaluations included.
    pub wall_seconds: f64,
    /// Seconds of training, evaluations left out.
    pub training_seconds: f64,
    /// Return of the last evaluation.
    pub last: Option<f64>,
    /// Largest return of an evaluation.
    pub best: Option<f64>,
    /// Number of evaluations left out of both, because some of their episodes became non-finite.
    pub evaluations_nonfinite: usize,
    /// Firing rate, Hz of simulated time.
    pub firing_rate_hz: Option<f64>,
    /// Mean of the probabilities (or share of the connections that exist) after the last generation.
    pub density: Option<f64>,
    /// Energy estimate.
    pub energy: Option<EnergyRow>,
}

/// Inputs and results of the energy estimate.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct EnergyRow {
    /// Inputs of the formula.
    pub inputs: Inputs,
    /// Results, in joules.
    pub joules: Energy,
}

/// Entry over all tasks, in units of the first entry's returns.
#[derive(Clone, Debug, Serialize)]
pub struct Overall {
    /// Name of the entry.
    pub entry: String,
    /// Interquartile mean of the last returns, each divided by the mean of the first entry on that task.
    pub interquartile_mean: f64,
    /// 95 % percentile bootstrap interval of it, with seeds resampled within tasks; null for single seeds.
    pub interval: Option<(f64, f64)>,
}

/// Speed ratio of two rows of a task that differ only in the algorithm.
#[derive(Clone, Debug, Serialize)]
pub struct Ratio {
    /// Name of the task.
    pub task: String,
    /// Name of the first entry.
    pub first: String,
    /// Name of the second entry.
    pub second: String,
    /// Seconds per frame of the second over those of the first: how many times faster the first is.
    pub times: f64,
}

impl Numbers {
    /// Returns the numbers of all groups.
    pub fn of(matrix: &Matrix, groups: &[Group]) -> Self {
        let rows: Vec<Row> = groups.iter().map(|group| Row::of(matrix, group)).collect();
        Self {
            title: matrix.experiment.config.title.clone(),
            tasks: matrix.task_names().into_iter().map(String::from).collect(),
            seeds: matrix.experiment.config.seeds.clone(),
            resamples: RESAMPLES,
            energy_formula: FORMULA,
            overall: overall(&matrix.entry_names(), &rows),
            rows,
            ratios: ratios(matrix, groups),
        }
    }
}

impl Row {
    fn of(matrix: &Matrix, group: &Group) -> Self {
        let runs: Vec<RunRow> = group.runs.iter().map(|run| RunRow::of(run, &group.model)).collect();
        let rates: Vec<f64> = runs.iter().filter_map(|run| run.firing_rate_hz).collect();
        Self {
            task: matrix.task_names()[group.task].into(),
            entry: matrix.entry_names()[group.entry].into(),
            population: group.config.algorithm.population(),
            model: group.model.clone(),
            last: Spread::of(runs.iter().filter_map(|run| run.last).collect()),
            best: Spread::of(runs.iter().filter_map(|run| run.best).collect()),
            frames_per_second: frames_per_second(group),
            firing_rate_hz: (!rates.is_empty() && group.model.neurons > 0).then(|| mean(&rates)),
            energy: mean_energy(&runs),
            runs,
        }
    }
}

impl RunRow {
    fn of(run: &Run, model: &Model) -> Self {
        let (frames, training_seconds) = run.training();
        Self {
            seed: run.cell.seed,
            stage: if run.standing.stage == Stage::Finished { "finished" } else { "begun" },
            generations: run.metrics.len(),
            frames,
            wall_seconds: run.wall_seconds(),
            training_seconds,
            last: run.last(),
            best: run.best(),
            evaluations_nonfinite: run.broken_evaluations(),
            firing_rate_hz: run.firing_rate_hz().filter(|_| model.neurons > 0),
            density: run.density(),
            energy: run.energy(model).map(|(inputs, joules)| EnergyRow { inputs, joules }),
        }
    }
}

impl Spread {
    fn of(values: Vec<f64>) -> Option<Self> {
        (!values.is_empty()).then(|| Self {
            n: values.len(),
            mean: mean(&values),
            deviation: deviation(&values),
            interquartile_mean: interquartile_mean(&values),
            interval: bootstrap(&[&values]),
        })
    }
}

/// Returns the entries over all tasks. There are none for a single task, if the first entry lacks a positive mean on
/// any of them, or if a row is empty.
fn overall(entries: &[&str], rows: &[Row]) -> Vec<Overall> {
    let last = |row: &Row| row.runs.iter().filter_map(|run| run.last).collect::<Vec<f64>>();
    let n_tasks = rows.len() / entries.len();
    let scale =
        |row: &Row| rows.iter().find(|first| first.task == row.task).map_or(f64::NAN, |first| mean(&last(first)));
    if n_tasks < 2 || rows.iter().any(|row| last(row).is_empty() || scale(row).is_nan() || scale(row) <= 0.0) {
        return vec![];
    }
    let of = |entry: &&str| {
        let rows = rows.iter().filter(|row| row.entry == *entry);
        let strata: Vec<Vec<f64>> =
            rows.map(|row| last(row).iter().map(|value| value / scale(row)).collect()).collect();
        let strata: Vec<&[f64]> = strata.iter().map(Vec::as_slice).collect();
        Overall {
            entry: entry.to_string(),
            interquartile_mean: interquartile_mean(&strata.concat()),
            interval: bootstrap(&strata),
        }
    };
    entries.iter().map(of).collect()
}

/// Returns frames over seconds of training, all runs together.
fn frames_per_second(group: &Group) -> Option<f64> {
    let (frames, seconds) = group.runs.iter().map(Run::training).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    (seconds > 0.0).then(|| frames / seconds)
}

/// Returns the mean of the runs' estimates, number by number.
fn mean_energy(runs: &[RunRow]) -> Option<EnergyRow> {
    let rows: Vec<EnergyRow> = runs.iter().filter_map(|run| run.energy).collect();
    let average = |of: fn(&EnergyRow) -> f64| mean(&rows.iter().map(of).collect::<Vec<_>>());
    (!rows.is_empty()).then(|| EnergyRow {
        inputs: Inputs {
            neurons: average(|row| row.inputs.neurons),
            steps: average(|row| row.inputs.steps),
            rate: average(|row| row.inputs.rate),
            connections: average(|row| row.inputs.connections),
            generations: average(|row| row.inputs.generations),
            population: average(|row| row.inputs.population),
        },
        joules: Energy {
            updates: average(|row| row.joules.updates),
            spikes: average(|row| row.joules.spikes),
            episode: average(|row| row.joules.episode),
            total: average(|row| row.joules.total),
        },
    })
}

/// Returns the speed ratios of all pairs of entries of a task whose configurations differ only in the algorithm.
fn ratios(matrix: &Matrix, groups: &[Group]) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    for (k, first) in groups.iter().enumerate() {
        for second in &groups[k + 1..] {
            if first.task != second.task || !same_but_for_the_algorithm(&first.config, &second.config) {
                continue;
            }
            if let (Some(fast), Some(slow)) = (frames_per_second(first), frames_per_second(second)) {
                let entries = matrix.entry_names();
                ratios.push(Ratio {
                    task: matrix.task_names()[first.task].into(),
                    first: entries[first.entry].into(),
                    second: entries[second.entry].into(),
                    times: fast / slow,
                });
            }
        }
    }
    ratios
}

/// Returns true if two runs train the same architecture: they differ in the algorithm, and at most in the precision of
/// the weights. A network whose name ends in `F32` is the one without that ending, with real weights.
fn same_but_for_the_algorithm(a: &Config, b: &Config) -> bool {
    let bare = |name: &str| name.trim_end_matches("F32").to_string();
    let precision = |field: &config::Difference| match field.path.as_str() {
        "network" => bare(&field.old) == bare(&field.new),
        "network.weights" => true,
        path => path.starts_with("network.") && (field.old == "-" || field.new == "-"),
    };
    let differences = config::diff(a, b);
    let same_network = !differences.iter().any(|field| field.path == "network" && !precision(field));
    !differences.is_empty()
        && same_network
        && differences.iter().all(|field| field.path.starts_with("algorithm") || precision(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_are_told_apart() {
        let config =
            |set: &str| config::load(config::find("cartpole").expect("a preset"), &[set.to_string()]).expect("valid");
        let usual = config("seed=0");
        assert!(same_but_for_the_algorithm(&usual, &config("algorithm=Es(population: 64)")), "another algorithm");
        assert!(same_but_for_the_algorithm(&usual, &config("algorithm.population=96")), "another setting of it");
        assert!(!same_but_for_the_algorithm(&usual, &config("network.neurons=64")), "another size");
        assert!(!same_but_for_the_algorithm(&usual, &config("task.episode_length=100")), "another task");
        assert!(!same_but_for_the_algorithm(&usual, &usual), "nothing to compare");
    }
}
