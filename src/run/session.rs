//! A whole run: device, state to begin with, generation loop, last words.

use std::path::PathBuf;

use super::{
    RunError,
    checkpoint::Checkpoint,
    generation::{Outcome, TrainState},
    stop::{self, Reason},
    store::{newest_state, record_adapter, write_config},
    train::Training,
    tune,
};
use crate::{
    config::Config,
    gpu::{Cache, Gpu, Selector},
    plan::build::Plan,
    report::{GenerationMetrics, MetricsWriter, RunDir, metrics},
};

/// What a run begins with.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// Probabilities of one half.
    New,
    /// The probabilities of a checkpoint, generation 0.
    From(PathBuf),
    /// The newest checkpoint of the run directory, or generation 0 if there is none.
    Resume,
}

/// A run to be done.
#[derive(Debug)]
pub struct Session {
    /// What to do.
    pub config: Config,
    /// Where the results go; not created yet unless `origin` is [`Origin::Resume`].
    pub dir: RunDir,
    /// What to begin with.
    pub origin: Origin,
    /// Device asked for.
    pub gpu: Selector,
    /// Where choices between variants are kept; without it none is made.
    pub variants: Option<Cache>,
}

/// Whoever follows a run.
pub trait Audience {
    /// Something worth a line.
    fn say(&mut self, text: &str);
    /// Training begins, `state` being done already.
    fn begin(&mut self, state: &TrainState);
    /// So many of a generation's members have lived.
    fn within_generation(&mut self, generation: u32, members_done: usize, population: usize);
    /// A generation is over.
    fn generation(&mut self, metrics: &GenerationMetrics);
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ending {
    /// Why.
    pub reason: Reason,
    /// Generations done in all.
    pub generations: u32,
    /// Training frames in all.
    pub frames: u64,
    /// Best mean return of an evaluation.
    pub best_eval: Option<f64>,
}

/// Runs `session` until it ends; the last state is on disk then.
pub fn run(session: &Session, audience: &mut dyn Audience) -> Result<Ending, RunError> {
    stop::listen();
    let Session { config, dir, .. } = session;
    let gpu = Gpu::open(&session.gpu)?;
    let plan = Plan::new(config, gpu.adapter.traits())?;
    let state = initial_state(session, &plan)?;
    let resumed = session.origin == Origin::Resume;
    if let Some(reason) = stop::finished(config, &state).filter(|_| resumed) {
        return Ok(ending(reason, &state));
    }
    announce(&gpu, audience);
    let mut engine = tune::engine(&gpu, config, plan, session.variants.as_ref())?;
    if resumed {
        write_config(dir, config)?;
    } else {
        dir.create(config)?;
    }
    let kept = metrics::truncate_to(&dir.metrics(), state.generation)?;
    tracing::info!("{kept} generations in {}", dir.metrics().display());
    if let Some(before) = record_adapter(dir, &gpu.adapter, state.generation)? {
        let now = &gpu.adapter;
        audience.say(&format!(
            "warning: this run was computed on {before} so far, now it is {} ({}): results agree in statistics, not in every bit",
            now.name, now.driver
        ));
    }
    engine.warm_up()?;
    audience.say(&format!(
        "{}: first environment step after {:.1} s",
        engine.plan.task.id(),
        super::process_started().elapsed().as_secs_f64()
    ));
    audience.begin(&state);
    let writer = MetricsWriter::append_to(&dir.metrics())?;
    let outcome = Outcome::default();
    let mut training = Training { config, engine: &mut engine, state, outcome, dir, metrics: writer };
    let reason = training.run(audience)?;
    Ok(ending(reason, &training.state))
}

fn ending(reason: Reason, state: &TrainState) -> Ending {
    Ending { reason, generations: state.generation, frames: state.frames, best_eval: state.best_eval }
}

fn initial_state(session: &Session, plan: &Plan) -> Result<TrainState, RunError> {
    match &session.origin {
        Origin::New => Ok(TrainState::new(&session.config, plan)),
        Origin::From(path) => Checkpoint::read(path)?.learnt(&session.config, plan),
        Origin::Resume => newest_state(&session.dir, &session.config, plan),
    }
}

fn announce(gpu: &Gpu, audience: &mut dyn Audience) {
    let adapter = &gpu.adapter;
    audience.say(&format!("device: {} ({}, {})", adapter.name, adapter.backend, adapter.driver));
    if adapter.is_software() {
        audience
            .say("note: this is a SOFTWARE driver, it computes on the CPU; `gpu-ec devices` lists what else there is");
    }
}
