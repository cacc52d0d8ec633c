//! A whole run: device, state to begin with, generation loop, last words.

mod recover;

use std::path::PathBuf;

use recover::recover;

use super::{
    RunError,
    checkpoint::Checkpoint,
    descent::{self, Batch},
    generation::TrainState,
    open::OpenGeneration,
    stop::{self, Reason, Standing},
    store::{newest_state, record_adapter, write_config},
    train::Training,
    tune,
};
use crate::{
    config::Config,
    gpu::{AdapterSummary, Cache, Gpu, GpuError, Selector},
    plan::build::Plan,
    report::{EventWriter, GenerationMetrics, MetricsWriter, RunDir, Totals, metrics},
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
    /// Training begins, so many generations and frames being done already.
    fn begin(&mut self, generation: u32, frames: u64);
    /// So many of a generation's members have lived.
    fn within_generation(&mut self, generation: u32, members_done: usize, population: usize);
    /// A generation is over.
    fn generation(&mut self, metrics: &GenerationMetrics);
    /// The first environment step is done, so many seconds after the process started.
    fn first_step(&mut self, task: &str, seconds: f64) {
        self.say(&format!("{task}: first environment step after {seconds:.1} s"));
    }
    /// A device has been opened, the first one or another after a loss.
    fn device(&mut self, _gpu: &Gpu) {}
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ending {
    /// Why.
    pub reason: Reason,
    /// Generations done in all.
    pub generations: u32,
    /// Members of the generation after them that have lived, kept in the checkpoint.
    pub members: usize,
    /// Training frames in all.
    pub frames: u64,
    /// Best mean return of an evaluation.
    pub best_eval: Option<f64>,
    /// What must be told of all generations.
    pub totals: Totals,
}

/// Runs `session` until it ends; the last state is on disk then.
pub fn run(session: &Session, audience: &mut dyn Audience) -> Result<Ending, RunError> {
    stop::listen();
    if let Some(batch) = Batch::of(&session.config)? {
        return descent::run(session, &batch, audience);
    }
    let Session { config, dir, origin, .. } = session;
    let resumed = *origin == Origin::Resume;
    let lock = resumed.then(|| dir.lock()).transpose()?;
    let gpu = Gpu::open(&session.gpu)?;
    let plan = Plan::new(config, gpu.adapter.traits())?;
    let (state, open) = initial_state(session, &plan)?;
    if let Some(reason) = stop::finished(config, &state.standing()).filter(|_| resumed) {
        let totals = metrics::read_totals(&dir.metrics())?;
        return Ok(Ending::of(reason, &state.standing(), 0, totals));
    }
    announce(&gpu, audience);
    audience.device(&gpu);
    let mut engine = tune::engine(&gpu, config, plan, session.variants.as_ref())?;
    let _lock = match lock {
        Some(lock) => write_config(dir, config).map(|()| lock)?,
        None => dir.create(config)?,
    };
    let metrics = open_metrics(dir, config, state.generation)?;
    tell_of_another_adapter(record_adapter(dir, &gpu.adapter, state.generation)?, &gpu.adapter, audience);
    engine.warm_up()?;
    audience.first_step(engine.plan.task.id(), super::process_started().elapsed().as_secs_f64());
    audience.begin(state.generation, state.frames);
    stop::put_at_risk();
    let mut training = Training::new(config, dir, (state, open), metrics);
    let reason = match training.run(&mut engine, audience) {
        Err(RunError::Gpu(GpuError::Lost(reason))) => {
            drop(engine);
            let adapter = gpu.adapter.clone();
            drop(gpu);
            recover(session, &adapter, &mut training, reason, audience)?
        }
        result => result?,
    };
    Ok(Ending::of(reason, &training.state.standing(), training.progress().1, training.totals))
}

impl Ending {
    /// The end of a run that is so far.
    pub(super) fn of(reason: Reason, standing: &Standing, members: usize, totals: Totals) -> Self {
        let Standing { generation: generations, frames, best_eval } = *standing;
        Self { reason, generations, members, frames, best_eval, totals }
    }
}

fn initial_state(session: &Session, plan: &Plan) -> Result<(TrainState, OpenGeneration), RunError> {
    let nobody = OpenGeneration::default();
    match &session.origin {
        Origin::New => Ok((TrainState::new(&session.config, plan), nobody)),
        Origin::From(path) => Ok((Checkpoint::read(path)?.learnt(&session.config, plan)?, nobody)),
        Origin::Resume => newest_state(&session.dir, &session.config, plan),
    }
}

/// `metrics.jsonl`, cut back to the generations before `generation`.
pub(super) fn open_metrics(
    dir: &RunDir,
    config: &Config,
    generation: u32,
) -> Result<(MetricsWriter, Totals), RunError> {
    let (kept, totals) = metrics::truncate_to(&dir.metrics(), generation)?;
    tracing::info!("{kept} generations in {}", dir.metrics().display());
    let events = config.tensorboard.then(|| EventWriter::renew(dir)).transpose()?;
    Ok((MetricsWriter::append_to(&dir.metrics())?.with_events(events), totals))
}

pub(super) fn tell_of_another_adapter(before: Option<String>, now: &AdapterSummary, audience: &mut dyn Audience) {
    if let Some(before) = before {
        audience.say(&format!(
            "warning: this run was computed on {before} so far, now it is {} ({}): results agree in statistics, not in every bit",
            now.name, now.driver
        ));
    }
}

pub(super) fn announce(gpu: &Gpu, audience: &mut dyn Audience) {
    let adapter = &gpu.adapter;
    audience.say(&format!("device: {} ({}, {})", adapter.name, adapter.backend, adapter.driver));
    if adapter.is_software() {
        audience
            .say("note: this is a SOFTWARE driver, it computes on the CPU; `gpu-ec devices` lists what else there is");
    }
}
