//! Evaluation of whatever a run has learnt.

use std::path::Path;

use serde::Serialize;

use super::{RunError, arms::evaluate_arms, evolution::evaluate::evaluate_checkpoint, q_learners, q_learners::QReport};
use crate::{
    config::{Config, Family},
    gpu::{Cache, Gpu},
    report::{EvalReport, Table},
};

/// Result of an evaluation.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Evaluated {
    /// Episodes of one network, or of all arms.
    Episodes(EvalReport),
    /// Greedy episodes of learners of action values.
    Learners(QReport),
}

impl Evaluated {
    /// Returns the warnings, one per line.
    pub fn warnings(&self) -> Vec<String> {
        match self {
            Self::Episodes(report) => report.warnings(),
            Self::Learners(_) => vec![],
        }
    }

    /// Returns the report as a table for a terminal.
    pub fn table(&self) -> Table {
        match self {
            Self::Episodes(report) => report.table(),
            Self::Learners(report) => report.table(),
        }
    }
}

/// Evaluates what the checkpoint file `path` of a run of `config` has learnt, without exploration or learning.
///
/// - `episodes`: starts of the network; of all arms together; of each learner of action values
/// - `seed`: seed of the starts
/// - `variants`: cache of choices between variants
///
/// Errors: a checkpoint of another configuration; whatever the device fails in.
pub fn evaluate(
    gpu: &Gpu,
    path: &Path,
    config: Config,
    (episodes, seed): (u32, u64),
    variants: Option<&Cache>,
) -> Result<Evaluated, RunError> {
    Ok(match config.algorithm.family() {
        Family::Arms => Evaluated::Episodes(evaluate_arms(gpu, path, &config, episodes, seed)?),
        Family::QLearners => Evaluated::Learners(q_learners::evaluate_learners(gpu, path, &config, episodes, seed)?),
        Family::Evolution | Family::Policy => {
            Evaluated::Episodes(evaluate_checkpoint(gpu, path, config, episodes as usize, seed, variants)?)
        }
    })
}
