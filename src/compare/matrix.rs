//! Runs of a comparison.

use std::path::{Path, PathBuf};

use super::CompareError;
use crate::{
    config::{Config, ConfigError, Experiment, did_you_mean, folder_name},
    report::RunDir,
};

/// Run of an entry on a task with a seed.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Index of the entry.
    pub entry: usize,
    /// Index of the task.
    pub task: usize,
    /// Seed.
    pub seed: u64,
    /// Complete configuration.
    pub config: Config,
    /// Run directory, which may not exist yet.
    pub path: PathBuf,
    /// Name, such as `Hopper, EC-RSNN, seed 0`.
    pub name: String,
}

/// All runs of an experiment, with one seed of every entry and task before the next seed.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Experiment.
    pub experiment: Experiment,
    /// Folder of runs and report.
    pub out: PathBuf,
    /// Runs.
    pub cells: Vec<Cell>,
}

impl Matrix {
    /// Returns the runs of `experiment` under `out`; if that is `None`, in the folder that the experiment names.
    ///
    /// Errors: an invalid configuration of a run, with its place.
    pub fn new(experiment: Experiment, out: Option<&Path>) -> Result<Self, ConfigError> {
        let config = &experiment.config;
        let out = match (out, &config.out) {
            (Some(out), _) => out.to_path_buf(),
            (None, Some(out)) => PathBuf::from(out),
            (None, None) => Path::new("experiments").join(stem(&experiment.source.name)),
        };
        let mut cells = Vec::new();
        for &seed in &config.seeds {
            for (task, task_config) in config.tasks.iter().enumerate() {
                for (entry, entry_config) in config.entries.iter().enumerate() {
                    let folder = out.join("runs").join(folder_name(&task_config.name));
                    cells.push(Cell {
                        entry,
                        task,
                        seed,
                        config: RunDir::owns(experiment.run_config(entry, task, seed)?),
                        path: folder.join(folder_name(&entry_config.name)).join(format!("seed-{seed}")),
                        name: format!("{}, {}, seed {seed}", task_config.name, entry_config.name),
                    });
                }
            }
        }
        Ok(Self { experiment, out, cells })
    }

    /// Returns the runs of the named entries and tasks. All entries (tasks) count if none is named.
    ///
    /// Errors: [`CompareError::Unknown`].
    pub fn only(&self, names: &[String]) -> Result<Vec<Cell>, CompareError> {
        let (entries, tasks) = (self.entry_names(), self.task_names());
        if let Some(name) =
            names.iter().find(|name| !entries.contains(&name.as_str()) && !tasks.contains(&name.as_str()))
        {
            let hint = did_you_mean(name, entries.iter().chain(&tasks).copied());
            return Err(CompareError::Unknown {
                name: name.clone(),
                hint: hint.map_or(String::new(), |like| format!("; did you mean `{like}`?")),
                entries: entries.join(", "),
                tasks: tasks.join(", "),
            });
        }
        let wanted = |all: &[&str], which: usize| {
            let chosen: Vec<_> = names.iter().filter(|name| all.contains(&name.as_str())).collect();
            chosen.is_empty() || chosen.iter().any(|name| *name == all[which])
        };
        let keep = |cell: &&Cell| wanted(&entries, cell.entry) && wanted(&tasks, cell.task);
        Ok(self.cells.iter().filter(keep).cloned().collect())
    }

    /// Returns the names of the entries, in order.
    pub fn entry_names(&self) -> Vec<&str> {
        self.experiment.config.entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    /// Returns the names of the tasks, in order.
    pub fn task_names(&self) -> Vec<&str> {
        self.experiment.config.tasks.iter().map(|task| task.name.as_str()).collect()
    }

    /// Returns the folder of the report.
    pub fn report(&self) -> PathBuf {
        self.out.join("report")
    }
}

/// Returns `figure3` for `a/figure3.ron (embedded experiment)`.
fn stem(name: &str) -> String {
    let file = Path::new(name).file_name().unwrap_or_default().to_string_lossy().into_owned();
    folder_name(file.split('.').next().unwrap_or_default())
}
