//! Comparisons: entries by tasks by seeds, run as `gpu-ec run` would, and the report over them.
//!
//! `matrix` lists the runs, `standing` tells the progress of each, `runner` runs what is missing, `collect` reads the
//! results, `energy` computes with them, `report` writes them down.

pub mod collect;
pub mod energy;
pub mod matrix;
pub mod report;
pub mod runner;
pub mod standing;

use std::path::PathBuf;

use crate::config::Difference;

pub use matrix::{Cell, Matrix};
pub use runner::{Outcome, Watch};
pub use standing::{Stage, Standing};

/// Error of a comparison.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// Existing run directory of another configuration.
    #[error(
        "{} holds a run of another configuration:{}\nname another folder with --out, or remove that run",
        path.display(), list(differences)
    )]
    Another {
        /// Run directory.
        path: PathBuf,
        /// Differences between that run and the experiment.
        differences: Vec<Difference>,
    },
    /// Name after `--only` that is neither an entry nor a task.
    #[error("--only: there is no entry or task `{name}`{hint}\nentries: {entries}\ntasks: {tasks}")]
    Unknown {
        /// Name that is unknown.
        name: String,
        /// Hint `; did you mean ...?`, or nothing.
        hint: String,
        /// Names of the entries.
        entries: String,
        /// Names of the tasks.
        tasks: String,
    },
    /// Experiment without anything to report on.
    #[error("{} has no run with a finished generation yet: nothing to report", .0.display())]
    Nothing(PathBuf),
    /// Figure that cannot be drawn.
    #[error("a figure cannot be drawn: {0}")]
    Plot(#[from] crate::plot::PlotError),
    /// Run that cannot be planned or read.
    #[error(transparent)]
    Run(#[from] crate::run::RunError),
}

impl From<crate::files::Error> for CompareError {
    fn from(error: crate::files::Error) -> Self {
        Self::Run(error.into())
    }
}

impl From<crate::report::Error> for CompareError {
    fn from(error: crate::report::Error) -> Self {
        Self::Run(error.into())
    }
}

impl From<crate::config::ConfigError> for CompareError {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::Run(error.into())
    }
}

fn list(differences: &[Difference]) -> String {
    let line = |field: &Difference| format!("\n  {}: {} there, {} here", field.path, field.old, field.new);
    differences.iter().map(line).collect()
}
