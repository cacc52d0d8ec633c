//! Output of a run: metrics for programs, a display and tables for people, and the files of its directory.

mod descent;
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

pub use descent::Descent;
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

/// Error about a file of a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Refusal by the operating system, or another process that writes to the folder.
    #[error(transparent)]
    File(#[from] files::Error),
    /// Folder for a new run that already exists.
    #[error(
        "{} exists already; continue it with `gpu-ec run --resume {}`, or name another folder with --out",
        .0.display(), quoted(.0)
    )]
    Exists(PathBuf),
    /// Folder for a new run that already exists and is not a run.
    #[error("{} exists already, and is no run that could go on; name another folder with --out", .0.display())]
    Taken(PathBuf),
    /// File that a run writes to and that is no longer where it was.
    #[error(
        "{} is gone: the folder was deleted or moved while the run went on; if it was moved, \
         `gpu-ec run --resume` goes on from its newest checkpoint there", path.display()
    )]
    Gone {
        /// Former path.
        path: PathBuf,
    },
    /// Folder that holds no run.
    #[error("{} is not a run directory: {reason}", path.display())]
    NotARun {
        /// Path of the folder.
        path: PathBuf,
        /// Missing part.
        reason: &'static str,
    },
    /// Request for TensorBoard's files in a program built without them.
    #[error("tensorboard: this program was built without the feature `tensorboard`; set it to false")]
    NoTensorboard,
    /// Line of `metrics.jsonl` or `arms.jsonl`, other than the last, that cannot be read.
    #[error("{}:{line}: {reason}; correct the line, or put the file back from a copy", path.display())]
    Metrics {
        /// Path of the file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Problem with the line.
        reason: String,
    },
}

impl Error {
    /// Converts an error of the system to one that names the file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let named = files::Error::io(action, path);
        |reason| named(reason).into()
    }
}
