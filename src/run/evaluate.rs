//! Evaluation of the deterministic network, at the centre of what the members are drawn from, over fresh starts.

use std::path::Path;

use serde_json::{Map, Value};

use super::{
    RunError,
    checkpoint::Checkpoint,
    engine::{Engine, Job, Queue},
    generation::{TrainState, frames},
    room::make_room,
    tune,
};
use crate::{
    algorithms::Draw,
    config::{Config, Source},
    gpu::{Cache, Gpu},
    plan::{build::Plan, records::EpisodeRecord},
    report::{EvalReport, left_out},
};

/// Counter word of `gpu-ec eval`, which no training generation uses.
pub const EVAL_GENERATION: u32 = u32::MAX;

/// The configuration in the header of a checkpoint file, as far as it shapes results.
pub fn config_of_checkpoint(path: &Path) -> Result<Source, RunError> {
    let checkpoint = Checkpoint::read(path)?;
    let source = Source::new(&path.display().to_string(), &checkpoint.config_text()?);
    Ok(Source { robot: checkpoint.robot().map(String::from), ..source })
}

/// Evaluates the network in a checkpoint file over `episodes` starts of `seed`; `config` is that of its run,
/// `variants` where choices between variants are kept.
pub fn evaluate_checkpoint(
    gpu: &Gpu,
    path: &Path,
    mut config: Config,
    episodes: usize,
    seed: u64,
    variants: Option<&Cache>,
) -> Result<EvalReport, RunError> {
    let checkpoint = Checkpoint::read(path)?;
    config.evaluation.episodes = u32::try_from(episodes).unwrap_or(u32::MAX);
    config.algorithm.set_population(2); // slots for the episodes are enough
    config.seed = seed;
    let plan = Plan::new(&config, gpu.adapter.traits())?;
    let mut engine = tune::engine(gpu, &config, plan, variants)?;
    let state = checkpoint.learnt(&config, &engine.plan)?;
    let report = evaluate(&mut engine, &state, EVAL_GENERATION, episodes, &|| true)?.map(|mut report| {
        if report.contact_overflow > 0 {
            let (robot, places) = (config.task.run_name(), engine.plan.contact_places());
            report.overflow_warning = left_out(report.contact_overflow, &robot, places.as_ref());
        }
        report
    });
    report.ok_or_else(|| RunError::file(path, "the evaluation was interrupted"))
}

/// Evaluates `state` over `episodes` starts; `None` if `keep_going` said no.
pub fn evaluate(
    engine: &mut Engine,
    state: &TrainState,
    generation: u32,
    episodes: usize,
    keep_going: &dyn Fn() -> bool,
) -> Result<Option<EvalReport>, RunError> {
    engine.prepare(&state.learner.params, Draw::Centre, &state.normaliser.upload())?;
    let job = Job { evaluation: true, ..Job::training(generation, episodes, engine.plan.task.episode_length()) };
    let names = engine.plan.task.terms();
    let n_terms = names.len();
    let (mut records, mut terms) = (vec![], vec![]);
    make_room(&mut records, episodes, "episodes")?;
    make_room(&mut terms, n_terms.saturating_mul(episodes), "terms of the reward")?;
    records.resize(episodes, EpisodeRecord::default());
    terms.resize(n_terms * episodes, 0.0);
    let finished = engine.rollout(&job, Queue::whole(episodes), true, keep_going, &mut |ended, ended_terms| {
        for (index, episode) in ended.iter().enumerate() {
            let member = episode.member as usize;
            records[member] = *episode;
            terms[member * n_terms..][..n_terms].copy_from_slice(&ended_terms[index * n_terms..][..n_terms]);
        }
    })?;
    if !finished {
        return Ok(None);
    }
    let sum = |term: usize| terms.iter().skip(term).step_by(n_terms).map(|value| f64::from(*value)).sum::<f64>();
    let sums: Vec<f64> = (0..n_terms).map(sum).collect();
    let total = frames(&records) as f64;
    let n = episodes as f64;
    let terms = names.iter().zip(&sums);
    Ok(Some(EvalReport {
        mean_length: total / n,
        mean_x_velocity: terms.clone().find(|(term, _)| term.name == "x_velocity").map(|(_, sum)| sum / total.max(1.0)),
        reward_terms: terms
            .filter(|(term, _)| term.is_reward)
            .map(|(term, sum)| (term.name.clone(), Value::from(sum / n)))
            .collect(),
        ..summary(&records)
    }))
}

fn summary(records: &[EpisodeRecord]) -> EvalReport {
    let returns: Vec<f64> = records.iter().map(|record| f64::from(record.return_sum)).collect();
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    EvalReport {
        episodes: returns.len() as u32,
        mean,
        std: (returns.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt(),
        min: returns.iter().copied().fold(f64::INFINITY, f64::min),
        max: returns.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        mean_length: 0.0,
        mean_x_velocity: None,
        reward_terms: Map::new(),
        contact_overflow: records.iter().map(|record| u64::from(record.contact_overflow)).sum(),
        overflow_warning: String::new(),
    }
}
