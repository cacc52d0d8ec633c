//! Training of learners as the run driver sees it.

use std::path::{Path, PathBuf};

use super::{
    engine::QEngine,
    judge::{Judge, networks},
    state::{QState, read},
    table::{self, QLine},
};
use crate::{
    algorithms::q_learning::QEntry,
    config::Config,
    gpu::Gpu,
    kernel::random::{Key, Stream, stream_key},
    plan::q_learners::QPlan,
    report::{GenerationMetrics, RunDir, Subject, Totals, jsonl::LineWriter},
    run::{
        RunError,
        checkpoint::Checkpoint,
        newest::newest,
        session::{Kept, Origin, Session},
        stop::{self, Standing},
        stopwatch::Stopwatch,
        trainer::{Running, Trainer},
    },
};

/// Engines of learners: one trains them, the other judges them if that does not.
pub struct Engines<'gpu> {
    training: QEngine<'gpu>,
    judge: Option<Judge<'gpu>>,
}

/// Learners in training.
pub struct QLearners {
    state: QState,
    entries: Vec<QEntry>,
    /// Plan for the first device, until that is opened.
    plan: Option<QPlan>,
    /// Writer of `learners.jsonl`, once it is open.
    table: Option<LineWriter>,
    /// Line of the generation just finished.
    line: Option<QLine>,
}

impl Trainer for QLearners {
    type Engine<'gpu> = Engines<'gpu>;

    fn lines(session: &Session) -> Result<Option<(PathBuf, Vec<u32>)>, RunError> {
        Ok(Some(table::told(&session.dir, session.config.algorithm.population() as usize)?))
    }

    fn begin(session: &Session, gpu: &Gpu) -> Result<Self, RunError> {
        let plan = QPlan::new(&session.config, gpu.adapter.traits())?;
        let state = first_state(session, &plan)?;
        Ok(Self { state, entries: plan.entries.clone(), plan: Some(plan), table: None, line: None })
    }

    fn open<'gpu>(&mut self, session: &Session, gpu: &'gpu Gpu) -> Result<Engines<'gpu>, RunError> {
        let config = &session.config;
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => QPlan::new(config, gpu.adapter.traits())?,
        };
        let submission_ms = config.device.submission_ms;
        let apart = !plan.learning.judges_itself();
        let judge = apart.then(|| Judge::new(gpu, &plan, submission_ms)).transpose()?;
        let training = QEngine::new(gpu, plan, key_of(config), submission_ms)?;
        training.upload(&self.state);
        Ok(Engines { training, judge })
    }

    fn warm_up(&mut self, engine: &mut Engines) -> Result<(), RunError> {
        engine.training.warm_up(&self.state)
    }

    fn task_id<'a>(&'a self, engine: &'a Engines) -> &'a str {
        engine.training.plan.task.id()
    }

    fn open_files(&mut self, dir: &RunDir) -> Result<(), RunError> {
        self.table = Some(table::open(dir, &self.entries, self.state.standing.generation)?);
        Ok(())
    }

    fn standing(&self) -> Standing {
        self.state.standing
    }

    /// Runs one generation. A cancelled one leaves the state as it was.
    fn next(&mut self, engine: &mut Engines, run: &mut Running<'_>) -> Result<Option<GenerationMetrics>, RunError> {
        let mut watch = Stopwatch::start();
        let keep_going = || !run.cancel.is_cancelled();
        let Engines { training, judge } = engine;
        let generation = self.state.standing.generation;
        if !training.live(generation, &keep_going)? {
            training.upload(&self.state);
            return Ok(None);
        }
        let mut state = training.download(self.state.standing)?;
        let frames: Vec<u32> = state.progress.iter().map(|learner| learner.frames).collect();
        let lived = frames.iter().map(|frames| u64::from(*frames)).sum::<u64>();
        watch.trained();
        state.standing.generation += 1;
        state.standing.frames += lived;
        let Standing { generation: generations, frames: all, .. } = state.standing;
        let due = stop::evaluation_is_due(run.config, generations, all, run.clock);
        let judged = match judge {
            None => state.tensor(&training.plan, "judged").unwrap_or_default().to_vec(),
            Some(_) if !due => vec![],
            Some(judge) => match judge.play(&networks(&training.plan, &state), key_of(run.config), &keep_going)? {
                Some(frames) => frames,
                None => {
                    training.upload(&self.state);
                    return Ok(None);
                }
            },
        };
        self.state = state;
        let line = QLine { generation, frames, greedy: means(&judged, training.plan.starts) };
        let device_bytes = training.device_bytes() + judge.as_ref().map_or(0, Judge::device_bytes);
        let timing = watch.timing(lived, device_bytes);
        let metrics = GenerationMetrics { timing, ..summary(&line, all, due) };
        self.line = Some(line);
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

    fn warnings(&self, _: &Engines, _: &Config, _: &GenerationMetrics, _: &Totals) -> Vec<(Subject, String)> {
        vec![]
    }

    fn save(&self, engine: &Engines, config: &Config, path: &Path, _open: bool) -> Result<(), RunError> {
        self.state.save(path, config, &engine.training.plan)
    }

    fn sync(&mut self) -> Result<(), RunError> {
        Ok(self.table.as_mut().map_or(Ok(()), |table| table.sync())?)
    }
}

/// Returns the key of the starts of greedy episodes, which are the same in all generations.
pub(super) fn key_of(config: &Config) -> Key {
    stream_key(config.seed, Stream::EvaluationStart)
}

/// Returns the mean of `frames`, `[learners][starts]`, of each learner.
pub(super) fn means(frames: &[u32], starts: usize) -> Vec<f64> {
    let mean = |own: &[u32]| own.iter().map(|frames| f64::from(*frames)).sum::<f64>() / starts as f64;
    frames.chunks_exact(starts).map(mean).collect()
}

fn first_state(session: &Session, plan: &QPlan) -> Result<QState, RunError> {
    let new = || QState::new(plan);
    Ok(match &session.origin {
        Origin::New => new(),
        Origin::From(path, keep) => {
            if *keep != Kept::default() {
                return Err(RunError::Refused("learners keep all that they have: leave --keep out".into()));
            }
            let state = read(&Checkpoint::read(path)?, &session.config, plan)?;
            QState { standing: Standing::default(), ..state }
        }
        Origin::Resume => newest(&session.dir, |checkpoint| {
            checkpoint.refuse_other_config(&session.config, plan.task.id())?;
            read(checkpoint, &session.config, plan)
        })?
        .unwrap_or_else(new),
    })
}

fn summary(line: &QLine, frames: u64, evaluated: bool) -> GenerationMetrics {
    let returns: Vec<f64> = line.frames.iter().map(|frames| f64::from(*frames)).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let greedy = (evaluated && !line.greedy.is_empty()).then(|| mean(&line.greedy));
    GenerationMetrics {
        generation: line.generation,
        frames,
        episode_length_mean: mean(&returns),
        rho_entropy_bits: f64::NAN,
        density: f64::NAN,
        firing_rate_hz: f64::NAN,
        update_norm: f64::NAN,
        eval_return: greedy,
        eval_nonfinite: greedy.map(|_| 0),
        eval_length_mean: greedy,
        ..GenerationMetrics::of_returns(returns)
    }
}
