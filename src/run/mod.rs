//! Running a plan: rollouts, the generation loop, evaluation, benchmarks, and what they leave on disk.

pub mod arms;
pub mod bench;
pub mod brains;
pub mod checkpoint;
pub mod descent;
pub mod engine;
pub mod evaluate;
pub mod generation;
pub mod gradient;
mod history;
pub mod memory;
mod newest;
pub mod nonfinite;
pub mod normaliser;
pub mod open;
pub mod pacing;
pub mod peak;
pub mod phase;
pub mod rollout;
pub mod room;
pub mod session;
pub mod stop;
pub mod store;
pub mod summary;
pub mod terms;
pub mod train;
pub mod tune;

use std::{sync::OnceLock, time::Instant};

use crate::{
    config::ConfigError,
    gpu::GpuError,
    plan::{build::PlanError, cost::CountError},
};

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
    /// A file of the run directory.
    #[error(transparent)]
    Report(#[from] crate::report::Error),
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
    /// A file error.
    pub fn file(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::File { path: path.display().to_string(), reason: reason.to_string() }
    }

    /// A checkpoint that cannot be taken.
    pub fn checkpoint(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::Checkpoint { path: path.display().to_string(), reason: reason.to_string() }
    }
}

static STARTED: OnceLock<Instant> = OnceLock::new();

/// When this process started: the time of the first call, which `main` makes.
pub fn process_started() -> Instant {
    *STARTED.get_or_init(Instant::now)
}
