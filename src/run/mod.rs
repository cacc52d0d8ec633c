//! Running a plan: rollouts, the generation loop, evaluation, benchmarks, and what they leave on disk.

pub mod arms;
pub mod brains;
pub mod cancel;
pub mod checkpoint;
mod driver;
pub mod evolution;
mod ground;
mod history;
pub mod memory;
mod newest;
pub mod observer;
pub mod rollout;
pub mod run_files;
pub mod session;
pub mod simulation;
pub mod stop;
mod trainer;

use crate::{config::ConfigError, gpu::GpuError, kernel::cost::CountError, plan::PlanError};

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A kernel whose cost cannot be counted.
    #[error(transparent)]
    Cost(#[from] CountError),
    /// The device.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A file.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// What went wrong, and what to do.
        reason: String,
    },
    /// A checkpoint that cannot be taken.
    #[error("{path}: {reason}")]
    Checkpoint {
        /// The file.
        path: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A file of arrays.
    #[error(transparent)]
    Arrays(#[from] crate::npz::NpzError),
    /// What was asked for cannot be done here.
    #[error("{0}")]
    Refused(String),
    /// A run directory that cannot be used as asked.
    #[error(transparent)]
    Report(#[from] crate::report::Error),
    /// A file that cannot be written, or a lock that another process holds.
    #[error(transparent)]
    Files(#[from] crate::files::Error),
    /// A device that was lost again and again.
    #[error("the device was lost {losses} times in a row, and no episode more was lived in between: {reason}")]
    Lost {
        /// How often.
        losses: u32,
        /// The driver's words.
        reason: String,
    },
    /// No member of a generation has a finite return.
    #[error(
        "generation {generation}: the return of every one of the {population} members is not finite; nothing was learnt from it"
    )]
    AllNonFinite {
        /// Generation.
        generation: u32,
        /// Members.
        population: usize,
    },
}

impl RunError {
    /// Makes a file error.
    pub fn file(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::File { path: path.display().to_string(), reason: reason.to_string() }
    }

    /// Makes a checkpoint that cannot be taken.
    pub fn checkpoint(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::Checkpoint { path: path.display().to_string(), reason: reason.to_string() }
    }
}
