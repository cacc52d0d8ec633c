//! Evaluation over fresh starts of the deterministic network, at the centre of the members' distribution.

use std::path::Path;

use serde_json::Value;

use crate::{
    algorithms::Draw,
    config::{Config, Source},
    gpu::{Cache, Gpu},
    kernel::records::EpisodeRecord,
    plan::Plan,
    report::{EvalReport, left_out},
    run::{
        RunError,
        checkpoint::Checkpoint,
        evolution::{
            engine::{Engine, Job, Queue},
            fitness::is_non_finite,
            room::make_room,
            state::TrainState,
            tune,
        },
    },
    tasks::Term,
};

/// Counter word of `gpu-ec eval`, which no training generation uses.
pub const EVAL_GENERATION: u32 = u32::MAX;

/// Returns the configuration in the header of a checkpoint file, as far as it shapes results.
pub fn config_of_checkpoint(path: &Path) -> Result<Source, RunError> {
    let checkpoint = Checkpoint::read(path)?;
    let source = Source::new(&path.display().to_string(), &checkpoint.config_text()?);
    Ok(Source { robot: checkpoint.robot().map(String::from), ..source })
}

/// Evaluates the network in a checkpoint file over `episodes` starts of `seed`. `config` is that of its run;
/// `variants` caches choices between variants.
pub fn evaluate_checkpoint(
    gpu: &Gpu,
    path: &Path,
    config: Config,
    episodes: usize,
    seed: u64,
    variants: Option<&Cache>,
) -> Result<EvalReport, RunError> {
    let checkpoint = Checkpoint::read(path)?;
    let mut config = config.for_evaluation();
    config.evaluation.episodes = u32::try_from(episodes).unwrap_or(u32::MAX);
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

/// Evaluates `state` over `episodes` starts of the evaluation task; `None` if `keep_going` returned false.
pub fn evaluate(
    engine: &mut Engine,
    state: &TrainState,
    generation: u32,
    episodes: usize,
    keep_going: &dyn Fn() -> bool,
) -> Result<Option<EvalReport>, RunError> {
    evaluate_by(engine, state, generation, episodes, &mut |engine, job, evaluated| {
        engine.rollout(job, Queue::whole(episodes), true, keep_going, &mut |ended, terms| {
            evaluated.merge(ended, terms);
        })
    })
}

/// Episodes of an evaluation.
#[derive(Debug, Default)]
pub struct Evaluated {
    /// Records by life; empty for unfinished episodes.
    pub records: Vec<EpisodeRecord>,
    /// Sums of their terms, `[episodes][terms]`.
    terms: Vec<f32>,
    n_terms: usize,
}

impl Evaluated {
    fn with_room(episodes: usize, n_terms: usize) -> Result<Self, RunError> {
        let (mut records, mut terms) = (vec![], vec![]);
        make_room(&mut records, episodes, "episodes")?;
        make_room(&mut terms, n_terms.saturating_mul(episodes), "terms of the reward")?;
        records.resize(episodes, EpisodeRecord::default());
        terms.resize(n_terms * episodes, 0.0);
        Ok(Self { records, terms, n_terms })
    }

    /// Adds finished episodes with their terms `[ended][terms]`.
    pub fn merge(&mut self, ended: &[EpisodeRecord], terms: &[f32]) {
        let n_terms = self.n_terms;
        for (index, episode) in ended.iter().enumerate() {
            let life = episode.life as usize;
            self.records[life] = *episode;
            self.terms[life * n_terms..][..n_terms].copy_from_slice(&terms[index * n_terms..][..n_terms]);
        }
    }
}

/// Returns the job of an evaluation on `engine`, that of evaluations.
pub fn evaluation_job(engine: &Engine, generation: u32, episodes: usize) -> Job {
    Job { evaluation: true, ..Job::training(generation, episodes, engine.plan.task.episode_length()) }
}

/// Lives the episodes of an evaluation; returns `false` if it was interrupted.
type Lives<'a> = dyn FnMut(&mut Engine, &Job, &mut Evaluated) -> Result<bool, RunError> + 'a;

/// Does the same as [`evaluate`] with episodes that `live` lives.
pub fn evaluate_by(
    engine: &mut Engine,
    state: &TrainState,
    generation: u32,
    episodes: usize,
    live: &mut Lives,
) -> Result<Option<EvalReport>, RunError> {
    let engine = engine.for_evaluation();
    engine.prepare(&state.learner.params, Draw::Centre, &state.normaliser.upload())?;
    let job = evaluation_job(engine, generation, episodes);
    let names = engine.plan.task.terms();
    let mut evaluated = Evaluated::with_room(episodes, names.len())?;
    if !live(engine, &job, &mut evaluated)? {
        return Ok(None);
    }
    Ok(Some(report(&evaluated.records, &evaluated.terms, &names)))
}

/// Summarises the episodes `records` and the sums of their terms, `[episodes][terms]`. Episodes that became
/// non-finite are counted; of their values only the contact overflow is used.
fn report(records: &[EpisodeRecord], terms: &[f32], names: &[Term]) -> EvalReport {
    let finite: Vec<usize> = (0..records.len()).filter(|&index| !is_non_finite(&records[index..=index])).collect();
    let n = finite.len() as f64;
    let of = |value: &dyn Fn(usize) -> f64| finite.iter().map(|&index| value(index)).sum::<f64>();
    let returned = |index: usize| f64::from(records[index].return_sum);
    let mean = of(&returned) / n;
    let steps = of(&|index| f64::from(records[index].length));
    let sums = (0..names.len()).map(|term| of(&|index| f64::from(terms[index * names.len() + term])));
    let terms: Vec<(&Term, f64)> = names.iter().zip(sums).collect();
    let velocity = terms.iter().find(|(term, _)| term.name == "x_velocity").filter(|_| n > 0.0);
    let rewards = terms.iter().filter(|(term, _)| term.is_reward);
    EvalReport {
        episodes: records.len() as u32,
        nonfinite: (records.len() - finite.len()) as u32,
        mean,
        std: (of(&|index| (returned(index) - mean).powi(2)) / n).sqrt(),
        min: finite.iter().map(|&index| returned(index)).fold(f64::INFINITY, f64::min),
        max: finite.iter().map(|&index| returned(index)).fold(f64::NEG_INFINITY, f64::max),
        mean_length: steps / n,
        mean_x_velocity: velocity.map(|(_, sum)| sum / steps.max(1.0)),
        reward_terms: rewards.map(|(term, sum)| (term.name.clone(), Value::from(sum / n))).collect(),
        contact_overflow: records.iter().map(|record| u64::from(record.contact_overflow)).sum(),
        overflow_warning: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::records::status;

    fn episode(return_sum: f32, length: u32, status: u32) -> EpisodeRecord {
        EpisodeRecord { return_sum, length, status, ..Default::default() }
    }

    #[test]
    fn episodes_that_ceased_to_be_finite_are_counted_and_left_out() {
        let (done, broken) = (status::DONE, status::DONE | status::NON_FINITE);
        let names = [Term::reward("reward_forward"), Term::info("x_velocity")];
        let records =
            [episode(3.0, 10, done), episode(-5000.0, 2, broken), episode(f32::NAN, 4, done), episode(5.0, 30, done)];
        let report = |records: &[EpisodeRecord], terms: &[f32]| report(records, terms, &names);
        let found = report(&records, &[3.0, 20.0, -5000.0, f32::NAN, f32::NAN, 1e9, 5.0, 60.0]);
        let expected = EvalReport {
            episodes: 4,
            nonfinite: 2,
            mean: 4.0,
            std: 1.0,
            min: 3.0,
            max: 5.0,
            mean_length: 20.0,
            mean_x_velocity: Some(2.0),
            reward_terms: [("reward_forward".to_string(), Value::from(4.0))].into_iter().collect(),
            contact_overflow: 0,
            overflow_warning: String::new(),
        };
        assert_eq!(found, expected, "of the first and the last");
        assert!(found.warnings()[0].contains("2 of 4 episodes"), "{:?}", found.warnings());
        let none = report(&records[1..2], &[0.0, 0.0]);
        let json = serde_json::to_value(&none).expect("plain data");
        assert_eq!(
            (json["nonfinite"].as_u64(), &json["mean"], &json["max"]),
            (Some(1), &Value::Null, &Value::Null),
            "null"
        );
        let sound = report(&[records[0], records[3]], &[3.0, 20.0, 5.0, 60.0]);
        assert_eq!((sound.warnings(), sound.mean, sound.nonfinite), (vec![], 4.0, 0), "nothing to warn of");
    }
}
