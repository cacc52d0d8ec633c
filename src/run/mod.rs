//! Running a plan: rollouts, the generation loop, evaluation, benchmarks, and their files.

pub mod arms;
pub mod bench;
pub mod brain_export;
pub mod brains;
pub mod cancel;
pub mod checkpoint;
mod dispatch;
mod driver;
pub mod evaluate;
pub mod evolution;
#[cfg(feature = "hub")]
pub mod fleet;
mod ground;
mod history;
pub mod memory;
mod newest;
pub mod observer;
pub mod policy;
pub mod q_learners;
pub mod rollout;
pub mod run_files;
pub mod session;
pub mod simulation;
pub mod stop;
pub mod stopwatch;
mod trainer;

use crate::{config::ConfigError, gpu::GpuError, kernel::cost::CountError, plan::PlanError};

/// Error of a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Error in the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Error in the plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Kernel whose cost cannot be counted.
    #[error(transparent)]
    Cost(#[from] CountError),
    /// Error of the device.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// File that cannot be used.
    #[error("{path}: {reason}")]
    File {
        /// Path of the file.
        path: String,
        /// Problem and remedy.
        reason: String,
    },
    /// Checkpoint that cannot be used.
    #[error("{path}: {reason}")]
    Checkpoint {
        /// Path of the file.
        path: String,
        /// Problem and remedy.
        reason: String,
    },
    /// Error in a file of arrays.
    #[error(transparent)]
    Arrays(#[from] crate::npz::NpzError),
    /// Request that cannot be met.
    #[error("{0}")]
    Refused(String),
    /// Run directory that cannot be used as asked.
    #[error(transparent)]
    Report(#[from] crate::report::Error),
    /// File that cannot be written, or lock that another process holds.
    #[error(transparent)]
    Files(#[from] crate::files::Error),
    /// Hub that does not allow what was asked, or is not there.
    #[cfg(feature = "hub")]
    #[error(transparent)]
    Hub(#[from] crate::hub::HubError),
    /// Device that was lost again and again.
    #[error("the device was lost {losses} times in a row, and no episode more was lived in between: {reason}")]
    Lost {
        /// Number of losses in a row.
        losses: u32,
        /// Message of the driver.
        reason: String,
    },
    /// Generation in which no member has a finite return.
    #[error(
        "generation {generation}: the return of every one of the {population} members is not finite; nothing was learnt from it"
    )]
    AllNonFinite {
        /// Number of the generation.
        generation: u32,
        /// Number of members.
        population: usize,
    },
}

impl RunError {
    /// Returns an error about a file.
    pub fn file(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::File { path: path.display().to_string(), reason: reason.to_string() }
    }

    /// Returns an error about a checkpoint.
    pub fn checkpoint(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::Checkpoint { path: path.display().to_string(), reason: reason.to_string() }
    }
}
