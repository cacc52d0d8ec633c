//! Training of arms as the run driver sees it.

use std::path::{Path, PathBuf};

use super::{
    ArmBatch, ArmEngine, ArmLine, ArmState, Learnt,
    checkpoint::{newest, read, save},
    evaluate::{is_broken, rounds},
    table,
};
use crate::{
    config::Config,
    gpu::Gpu,
    kernel::{arm_records::ArmOutcome, random::Stream},
    plan::PlanError,
    report::{GenerationMetrics, RunDir, Subject, Totals, jsonl::LineWriter},
    run::{
        RunError,
        checkpoint::{ARMS_TASK_ID, Checkpoint},
        session::{Kept, Origin, Session},
        stop::{self, Standing},
        stopwatch::Stopwatch,
        trainer::{Running, Trainer},
    },
};

/// Batch of arms in training.
pub struct Arms {
    batch: ArmBatch,
    state: ArmState,
    /// Writer of `arms.jsonl`, once it is open.
    table: Option<LineWriter>,
    /// Line of the generation just finished.
    line: Option<ArmLine>,
}

impl Trainer for Arms {
    type Engine<'gpu> = ArmEngine<'gpu>;

    fn lines(session: &Session) -> Result<Option<(PathBuf, Vec<u32>)>, RunError> {
        Ok(Some(table::told(&session.dir, batch(&session.config)?.setups.len())?))
    }

    fn begin(session: &Session, _gpu: &Gpu) -> Result<Self, RunError> {
        let batch = batch(&session.config)?;
        let state = first_state(session, &batch)?;
        Ok(Self { batch, state, table: None, line: None })
    }

    fn open<'gpu>(&mut self, _session: &Session, gpu: &'gpu Gpu) -> Result<ArmEngine<'gpu>, RunError> {
        let engine = ArmEngine::new(gpu, &self.batch.spec, &self.batch.model, &self.batch.setups)?;
        engine.set_learnt(&self.state.learnt);
        Ok(engine)
    }

    fn warm_up(&mut self, engine: &mut ArmEngine) -> Result<(), RunError> {
        engine.warm_up()
    }

    fn task_id<'a>(&'a self, _engine: &'a ArmEngine) -> &'a str {
        ARMS_TASK_ID
    }

    fn open_files(&mut self, dir: &RunDir) -> Result<(), RunError> {
        self.table = Some(table::open(dir, &self.batch, self.state.standing.generation)?);
        Ok(())
    }

    fn standing(&self) -> Standing {
        self.state.standing
    }

    /// Runs one generation. A cancelled one leaves the state as it was.
    fn next(&mut self, engine: &mut ArmEngine, run: &mut Running<'_>) -> Result<Option<GenerationMetrics>, RunError> {
        let mut watch = Stopwatch::start();
        let generation = self.state.standing.generation;
        let starts = self.batch.starts(generation, Stream::Start);
        let keep_going = || !run.cancel.is_cancelled();
        let Some(outcomes) = engine.iterate(&starts, true, &keep_going)? else { return Ok(None) };
        let line = ArmLine::new(generation, &self.batch, &outcomes, &engine.spikes()?);
        watch.trained();
        let learnt = engine.learnt()?;
        let update_norm = distance(&learnt, &self.state.learnt);
        let frames = self.batch.frames();
        let standing = Standing {
            generation: generation + 1,
            frames: self.state.standing.frames + frames,
            best_eval: self.state.standing.best_eval,
        };
        let evaluates = stop::evaluation_is_due(run.config, standing.generation, standing.frames, run.clock);
        let evaluated = match evaluates {
            false => None,
            true => match self.batch.judge(engine, generation, run.config.evaluation.episodes, &keep_going)? {
                None => {
                    engine.set_learnt(&self.state.learnt);
                    return Ok(None);
                }
                evaluated => evaluated,
            },
        };
        self.state = ArmState { standing, learnt };
        let timing = watch.timing(frames, engine.device_bytes());
        let mut metrics = self.summary(&line, &outcomes);
        self.line = Some(line);
        (metrics.update_norm, metrics.timing) = (update_norm, timing);
        (metrics.eval_return, metrics.eval_nonfinite) =
            evaluated.map_or((None, None), |judged| (judged.mean(), Some(judged.broken)));
        Ok(Some(metrics))
    }

    fn record(&mut self) -> Result<(), RunError> {
        if let (Some(table), Some(line)) = (&mut self.table, self.line.take()) {
            table.write(&line)?;
        }
        Ok(())
    }

    fn set_best(&mut self, mean: f64) {
        self.state.standing.best_eval = Some(mean);
    }

    fn warnings(
        &self,
        engine: &ArmEngine,
        config: &Config,
        metrics: &GenerationMetrics,
        _totals: &Totals,
    ) -> Vec<(Subject, String)> {
        let arm = metrics.nonfinite_member.unwrap_or_default();
        let broken = (metrics.nonfinite > 0).then(|| {
            let text = format!(
                "generation {}: {} arms ceased to be numbers, the first is arm {arm} of arms.json; they are counted on \
                 (`nonfinite` in metrics.jsonl)",
                metrics.generation, metrics.nonfinite
            );
            (Subject::Nonfinite, text)
        });
        let episodes = rounds(config.evaluation.episodes, engine.arms()) * engine.arms() as u32;
        let evaluation = metrics.broken_evaluation(episodes).map(|text| (Subject::EvaluationNonfinite, text));
        let silent = metrics.silence(&config.network).map(|text| (Subject::NoSpikes, text));
        [broken, evaluation, silent].into_iter().flatten().collect()
    }

    fn save(&self, _engine: &ArmEngine, config: &Config, path: &Path, _open: bool) -> Result<(), RunError> {
        save(path, config, &self.state)
    }

    fn sync(&mut self) -> Result<(), RunError> {
        Ok(self.table.as_mut().map_or(Ok(()), |table| table.sync())?)
    }
}

/// Returns the arms of `config`, which must ask for some.
fn batch(config: &Config) -> Result<ArmBatch, RunError> {
    Ok(ArmBatch::of(config)?.ok_or_else(|| PlanError::Refused("the configuration asks for no arms".into()))?)
}

fn first_state(session: &Session, batch: &ArmBatch) -> Result<ArmState, RunError> {
    let neurons = batch.spec.network.neurons;
    let new = || ArmState { standing: Standing::default(), learnt: batch.untaught() };
    Ok(match &session.origin {
        Origin::New => new(),
        Origin::From(path, keep) => {
            if *keep != Kept::default() {
                return Err(RunError::Refused("arms keep nothing but what they learnt: leave --keep out".into()));
            }
            let learnt = read(&Checkpoint::read(path)?, &session.config, neurons)?.learnt;
            ArmState { standing: Standing::default(), learnt }
        }
        Origin::Resume => newest(&session.dir, &session.config, neurons)?.unwrap_or_else(new),
    })
}

impl Arms {
    fn summary(&self, line: &ArmLine, outcomes: &[ArmOutcome]) -> GenerationMetrics {
        let skip = f64::from(self.batch.frame_skip);
        let sound = outcomes.iter().filter(|outcome| !is_broken(outcome));
        let returns: Vec<f64> = sound.map(|outcome| self.batch.episode_return(outcome)).collect();
        let rates = line.rates_hz.iter().map(|rates| f64::from(rates[1]));
        GenerationMetrics {
            generation: line.generation,
            frames: self.state.standing.frames,
            episode_length_mean: self.batch.spec.steps as f64 / skip,
            rho_entropy_bits: f64::NAN,
            density: f64::NAN,
            firing_rate_hz: rates.sum::<f64>() / line.rates_hz.len() as f64,
            nonfinite: (outcomes.len() - returns.len()) as u32,
            nonfinite_member: outcomes.iter().position(is_broken).map(|arm| arm as u32),
            ..GenerationMetrics::of_returns(returns)
        }
    }
}

/// Returns the Euclidean distance between the weights.
fn distance(a: &Learnt, b: &Learnt) -> f64 {
    let pairs = a.weights.as_flattened().iter().zip(b.weights.as_flattened());
    pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}
