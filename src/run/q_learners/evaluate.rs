//! Greedy episodes of learners, and their report.

use std::path::Path;

use serde::Serialize;

use super::{judge::Judge, state::read, train::means};
use crate::{
    algorithms::q_learning::{Group, Groups, QEntry},
    config::Config,
    gpu::Gpu,
    kernel::random::{Stream, stream_key},
    plan::q_learners::QPlan,
    report::Table,
    run::{RunError, checkpoint::Checkpoint},
};

/// Greedy episodes of all learners of a checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QReport {
    /// Generations that the learners lived.
    pub generation: u32,
    /// Episodes of each learner.
    pub episodes: usize,
    /// The learners.
    pub learners: Vec<QEntry>,
    /// Sets of parameters that were judged.
    pub sets: Vec<QSet>,
}

/// Greedy episodes by one set of parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QSet {
    /// Name of the set: `last`, `best` (after the longest training episode), `untrained`.
    pub name: String,
    /// Mean frames of each learner's episodes.
    pub mean: Vec<f64>,
    /// Longest of each learner's episodes.
    pub longest: Vec<u32>,
}

/// Plays `episodes` greedy episodes by what each learner of `checkpoint` knows, over starts of `seed`. `config` is that of
/// its run.
///
/// Errors: a checkpoint of another configuration; whatever the device fails in.
pub fn evaluate_learners(
    gpu: &Gpu,
    checkpoint: &Path,
    config: &Config,
    episodes: u32,
    seed: u64,
) -> Result<QReport, RunError> {
    let trained = QPlan::new(config, gpu.adapter.traits())?;
    let state = read(&Checkpoint::read(checkpoint)?, config, &trained)?;
    let mut judged = config.clone();
    judged.evaluation.episodes = episodes;
    let plan = QPlan::new(&judged, gpu.adapter.traits())?;
    let mut judge = Judge::new(gpu, &plan, config.device.submission_ms)?;
    let key = stream_key(seed, Stream::EvaluationStart);
    let mut sets = vec![];
    for (name, networks) in plan.learning.networks(&state.tensors, state.standing.generation) {
        let frames = judge.play(&networks, key, &|| true)?.unwrap_or_default();
        let longest = frames.chunks_exact(plan.starts).map(|own| own.iter().copied().max().unwrap_or(0));
        sets.push(QSet { name: name.into(), mean: means(&frames, plan.starts), longest: longest.collect() });
    }
    let generation = state.standing.generation;
    Ok(QReport { generation, episodes: plan.starts, learners: plan.entries, sets })
}

impl QReport {
    /// Returns a table with a row per model, width and set: mean and largest over the learners.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["learners", "neurons", "seeds", "network", "mean frames", "best mean", "longest"]);
        for Group { model, width, learners } in Groups::of(&self.learners).0 {
            for set in &self.sets {
                let means = || learners.iter().map(|at| set.mean[*at]);
                table.row([
                    model.map_or("dqsn".into(), |model| format!("{model:?}")),
                    width.to_string(),
                    learners.len().to_string(),
                    set.name.clone(),
                    format!("{:.1}", means().sum::<f64>() / learners.len() as f64),
                    format!("{:.1}", means().fold(0.0, f64::max)),
                    learners.iter().map(|at| set.longest[*at]).max().unwrap_or(0).to_string(),
                ]);
            }
        }
        table
    }
}
