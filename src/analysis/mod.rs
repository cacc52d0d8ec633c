//! Analysis of finished runs: curves of their metrics, learnt connections, spikes, episodes step by step, arms and
//! learners of action values; statistics over seeds.

pub mod arms;
pub mod connectivity;
pub mod curves;
pub mod episodes;
pub mod q_learners;
pub mod spikes;
pub mod statistics;

use crate::{plot::PlotError, report, run::RunError};

/// An error in analysing a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// A file of the run that cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A figure that cannot be drawn.
    #[error("a figure cannot be drawn: {0}")]
    Plot(#[from] PlotError),
    /// A request that this run cannot answer.
    #[error("{0}")]
    Refused(String),
}

impl From<report::Error> for AnalysisError {
    fn from(error: report::Error) -> Self {
        Self::Run(error.into())
    }
}

/// A file to write: name and contents.
pub type File = (String, String);
