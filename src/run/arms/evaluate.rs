//! Episodes of arms that learn nothing, and their report.

use std::path::Path;

use super::{ArmBatch, ArmEngine, checkpoint::read};
use crate::{
    config::Config,
    gpu::Gpu,
    kernel::{arm_records::ArmOutcome, random::Stream},
    plan::PlanError,
    report::EvalReport,
    run::{RunError, checkpoint::Checkpoint},
};

/// Returns of episodes in which arms learn nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// Returns of the episodes that stayed finite.
    pub returns: Vec<f64>,
    /// Number of those that did not.
    pub broken: u32,
}

impl Judged {
    /// Returns the mean return of the episodes that stayed finite, if any did.
    pub fn mean(&self) -> Option<f64> {
        (!self.returns.is_empty()).then(|| self.returns.iter().sum::<f64>() / self.returns.len() as f64)
    }
}

impl ArmBatch {
    /// Runs at least `episodes` fresh starts without learning, number `turn` of their kind; `None` if `keep_going`
    /// returned false.
    pub fn judge(
        &self,
        engine: &mut ArmEngine,
        turn: u32,
        episodes: u32,
        keep_going: &dyn Fn() -> bool,
    ) -> Result<Option<Judged>, RunError> {
        let rounds = rounds(episodes, engine.arms());
        let mut judged = Judged::default();
        for round in 0..rounds {
            let starts = self.starts(turn.wrapping_mul(rounds).wrapping_add(round), Stream::EvaluationStart);
            let Some(outcomes) = engine.iterate(&starts, false, keep_going)? else { return Ok(None) };
            judged.broken += outcomes.iter().filter(|outcome| is_broken(outcome)).count() as u32;
            let sound = outcomes.iter().filter(|outcome| !is_broken(outcome));
            judged.returns.extend(sound.map(|outcome| self.episode_return(outcome)));
        }
        Ok(Some(judged))
    }
}

/// Returns the number of episodes per arm in an evaluation of at least `episodes`.
pub fn rounds(episodes: u32, arms: usize) -> u32 {
    episodes.div_ceil(arms as u32)
}

/// Returns true if an arm became non-finite.
pub fn is_broken(outcome: &ArmOutcome) -> bool {
    outcome.broken != 0 || !outcome.loss.is_finite()
}

/// Evaluates the arms of a checkpoint over at least `episodes` starts of `seed`. `config` is that of their run.
///
/// Errors: a checkpoint of another configuration; whatever the device fails in.
pub fn evaluate_arms(
    gpu: &Gpu,
    path: &Path,
    config: &Config,
    episodes: u32,
    seed: u64,
) -> Result<EvalReport, RunError> {
    let no_arms = || PlanError::Refused(format!("{} has no arms", config.algorithm.name()));
    let batch = ArmBatch::of(config)?.ok_or_else(no_arms)?.with_starts_of(seed);
    let state = read(&Checkpoint::read(path)?, config, batch.spec.network.neurons)?;
    let mut engine = ArmEngine::new(gpu, &batch.spec, &batch.model, &batch.setups)?;
    engine.set_learnt(&state.learnt);
    let judged = batch.judge(&mut engine, 0, episodes, &|| true)?.unwrap_or_default();
    Ok(report(&judged, f64::from(config.task.episode_length())))
}

fn report(judged: &Judged, length: f64) -> EvalReport {
    let returns = &judged.returns;
    let mean = judged.mean().unwrap_or(f64::NAN);
    let squares: f64 = returns.iter().map(|value| (value - mean).powi(2)).sum();
    EvalReport {
        episodes: returns.len() as u32 + judged.broken,
        nonfinite: judged.broken,
        mean,
        std: (squares / returns.len() as f64).sqrt(),
        min: returns.iter().copied().fold(f64::INFINITY, f64::min),
        max: returns.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        mean_length: if returns.is_empty() { f64::NAN } else { length },
        mean_x_velocity: None,
        reward_terms: serde_json::Map::new(),
        contact_overflow: 0,
        overflow_warning: String::new(),
    }
}
