//! Evaluation of the deterministic network: connections with rho > 1/2, over fresh starts.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    RunError,
    engine::{Engine, Job},
    generation::{TrainState, frames},
};
use crate::plan::records::EpisodeRecord;

/// Counter word of `gpu-ec eval`, which no training generation uses.
pub const EVAL_GENERATION: u32 = u32::MAX;

/// What `gpu-ec eval` reports.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Episodes.
    pub episodes: usize,
    /// Mean return.
    pub mean: f64,
    /// Standard deviation of the returns.
    pub std: f64,
    /// Worst return.
    pub min: f64,
    /// Best return.
    pub max: f64,
    /// Mean length of an episode, steps.
    pub mean_length: f64,
    /// Mean forward velocity over all steps, m/s; null where a task has none.
    pub mean_x_velocity: Option<f64>,
    /// Mean sum over an episode of each reward term.
    pub reward_terms: Map<String, Value>,
}

/// Evaluates `state` over `episodes` starts; `None` if `keep_going` said no.
pub fn evaluate(
    engine: &mut Engine,
    state: &TrainState,
    generation: u32,
    episodes: usize,
    keep_going: &dyn Fn() -> bool,
) -> Result<Option<Evaluation>, RunError> {
    engine.prepare(&state.ec.deterministic_thresholds(), &state.normaliser.upload())?;
    let job = Job { evaluation: true, ..Job::training(generation, episodes, engine.plan.task.episode_length()) };
    let names = engine.plan.task.terms();
    let mut records: Vec<EpisodeRecord> = Vec::with_capacity(episodes);
    let mut sums = vec![0.0; names.len()];
    let finished = engine.rollout(&job, true, keep_going, &mut |slab| {
        let members = slab.episodes.len();
        for (sum, values) in sums.iter_mut().zip(slab.terms.chunks(members)) {
            *sum += values.iter().map(|value| f64::from(*value)).sum::<f64>();
        }
        records.extend(slab.episodes);
    })?;
    if !finished {
        return Ok(None);
    }
    let total = frames(&records) as f64;
    let n = episodes as f64;
    let terms = names.iter().zip(&sums);
    Ok(Some(Evaluation {
        mean_length: total / n,
        mean_x_velocity: terms.clone().find(|(term, _)| term.name == "x_velocity").map(|(_, sum)| sum / total.max(1.0)),
        reward_terms: terms
            .filter(|(term, _)| term.is_reward)
            .map(|(term, sum)| (term.name.clone(), Value::from(sum / n)))
            .collect(),
        ..summary(&records)
    }))
}

fn summary(records: &[EpisodeRecord]) -> Evaluation {
    let returns: Vec<f64> = records.iter().map(|record| f64::from(record.return_sum)).collect();
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    Evaluation {
        episodes: returns.len(),
        mean,
        std: (returns.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt(),
        min: returns.iter().copied().fold(f64::INFINITY, f64::min),
        max: returns.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        mean_length: 0.0,
        mean_x_velocity: None,
        reward_terms: Map::new(),
    }
}
