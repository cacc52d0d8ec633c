//! What a run says: metrics for programs, a display and tables for people, and where a run keeps its files.

pub mod document;
#[cfg(feature = "tensorboard")]
mod events;
#[cfg(not(feature = "tensorboard"))]
#[path = "no_events.rs"]
mod events;
pub mod jsonl;
pub mod metrics;
pub mod notes;
pub mod rollout;
pub mod run_dir;
mod shell;
mod stale;
pub mod summary;
pub mod table;
pub mod totals;

use std::path::{Path, PathBuf};

pub use events::EventWriter;
pub use metrics::{GenerationMetrics, MetricsWriter, Timing};
pub use notes::{Notes, Subject};
pub use rollout::RolloutReport;
pub use run_dir::RunDir;
pub use shell::quoted;
pub use summary::{BenchReport, Device, EvalReport, OperationCount, PassReport, Peak, bytes};
pub use table::Table;
pub use totals::{Totals, left_out};

use crate::files;

/// Why a file of a run cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused, or another process writes to the folder.
    #[error(transparent)]
    File(#[from] files::Error),
    /// A new run was given a folder that is there already.
    #[error(
        "{} exists already; continue it with `gpu-ec run --resume {}`, or name another folder with --out",
        .0.display(), quoted(.0)
    )]
    Exists(PathBuf),
    /// The same, but what is there is no run.
    #[error("{} exists already, and is no run that could go on; name another folder with --out", .0.display())]
    Taken(PathBuf),
    /// A file that a run writes to is not where it was.
    #[error(
        "{} is gone: the folder was deleted or moved while the run went on; if it was moved, \
         `gpu-ec run --resume` goes on from its newest checkpoint there", path.display()
    )]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// A folder was given that holds no run.
    #[error("{} is not a run directory: {reason}", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        reason: &'static str,
    },
    /// TensorBoard's files were asked for, and this program was built without them.
    #[error("tensorboard: this program was built without the feature `tensorboard`; set it to false")]
    NoTensorboard,
    /// A line of `metrics.jsonl` or `arms.jsonl` other than the last cannot be read.
    #[error("{}:{line}: {reason}; correct the line, or put the file back from a copy", path.display())]
    Metrics {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// Turns the system's error into one that names the file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let named = files::Error::io(action, path);
        |reason| named(reason).into()
    }
}
