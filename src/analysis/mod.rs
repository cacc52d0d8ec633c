//! What runs left, looked at more closely: curves of their metrics, and the connections that were learnt.

pub mod arms;
pub mod connectivity;
pub mod curves;
pub mod spikes;

use crate::{plot::PlotError, report, run::RunError};

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// A file of the run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A figure that cannot be drawn.
    #[error("a figure cannot be drawn: {0}")]
    Plot(#[from] PlotError),
    /// What was asked for cannot be had of this run.
    #[error("{0}")]
    Refused(String),
}

impl From<report::Error> for AnalysisError {
    fn from(error: report::Error) -> Self {
        Self::Run(error.into())
    }
}

/// A file to be written: its name and its text.
pub type File = (String, String);
