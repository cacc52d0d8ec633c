//! A whole run: device, state to begin with, generation loop, last words.

mod ground;
mod recover;

use std::{path::PathBuf, time::Instant};

pub(super) use ground::{Ground, reopen, take_ground};
use recover::recover;

use super::{
    RunError,
    checkpoint::Checkpoint,
    descent::{self, Batch},
    generation::{Outcome, TrainState},
    newest::newest,
    open::OpenGeneration,
    stop::{self, Reason, Standing},
    train::{Training, training_job},
    tune,
};
use crate::{
    config::Config,
    gpu::{Cache, Gpu, GpuError, Selector},
    plan::build::Plan,
    report::{GenerationMetrics, Notes, RunDir, Subject, Totals, metrics},
};

/// What an unhealthy start pose leads to, and what to do.
const UNHEALTHY_START: &str = "an episode ends with its first step unless the body gets there; change the range, the start pose \
                               of the robot's file, or set task.terminate_when_unhealthy=false";

/// What a run begins with.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// Probabilities of one half.
    New,
    /// What a checkpoint has learnt, generation 0, and what else is kept of it.
    From(PathBuf, Kept),
    /// The newest checkpoint of the run directory, or generation 0 if it has not come to have one.
    Resume,
}

/// What a run keeps of the checkpoint that it begins from, beside what was learnt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// The optimizer's memory.
    pub optimizer: bool,
    /// The count of training frames.
    pub frames: bool,
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
    /// From when on `stop.seconds` counts; without it, from the beginning of training.
    pub clock: Option<Instant>,
}

/// Whoever follows a run.
pub trait Audience {
    /// Something worth a line.
    fn say(&mut self, text: &str);
    /// Training begins, so many generations and frames being done already.
    fn begin(&mut self, generation: u32, frames: u64);
    /// So many of a generation's episodes are over.
    fn within_generation(&mut self, generation: u32, done: usize, episodes: usize);
    /// A generation is over.
    fn generation(&mut self, metrics: &GenerationMetrics);
    /// The first environment step is done, so many seconds after the process started.
    fn first_step(&mut self, task: &str, seconds: f64) {
        self.say(&format!("{task}: first environment step after {seconds:.1} s"));
    }
    /// The run has its directory, new or not.
    fn directory(&mut self, _dir: &RunDir) {}
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
    /// Episodes of the generation after them that are over, kept in the checkpoint.
    pub episodes: usize,
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
    stop::nothing_at_risk();
    if let Some(batch) = Batch::of(&session.config)? {
        return descent::run(session, &batch, audience);
    }
    let config = &session.config;
    let reopened = reopen(session, None)?;
    let gpu = Gpu::open(&session.gpu)?;
    let plan = Plan::new(config, gpu.adapter.traits())?;
    let (state, open) = initial_state(session, &plan)?;
    if let Some((_, history)) = &reopened {
        history.refuse_others(&session.dir, &state.standing())?;
        if let Some(reason) = stop::finished(config, &state.standing()) {
            let totals = metrics::read_totals(&session.dir.metrics())?;
            return Ok(Ending::of(reason, &state.standing(), 0, totals));
        }
    }
    announce(&gpu, audience);
    audience.device(&gpu);
    let mut engine = tune::engine_of_run(&gpu, config, plan, session.variants.as_ref())?;
    let (population, episodes) = (config.largest_population() as usize, config.algorithm.episodes() as usize);
    let outcome = Outcome::with_room(open, population, episodes)?;
    let mut ground = take_ground(session, reopened, (&state.standing(), &gpu.adapter), audience)?;
    for fault in engine.plan.task.start_faults() {
        let text = format!("the start pose is unhealthy, {fault}: {UNHEALTHY_START}");
        note((&mut ground.notes, audience), Subject::UnhealthyStart, None, text)?;
    }
    let remarks = engine.plan.task.precision_remarks();
    if !remarks.is_empty() {
        note((&mut ground.notes, audience), Subject::Precision, None, remarks.join("; "))?;
    }
    engine.warm_up()?;
    audience.first_step(engine.plan.task.id(), super::process_started().elapsed().as_secs_f64());
    audience.begin(state.generation, state.frames);
    ground.put_at_risk(state.generation);
    let files = (ground.metrics, ground.notes, ground.keeper);
    let mut training = Training::new(session, &ground.dir, (state, outcome), files, ground.totals);
    if let Origin::From(..) = session.origin {
        training.save(&engine.plan)?; // what it begins with is nowhere else in the folder
    }
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
    pub(super) fn of(reason: Reason, standing: &Standing, episodes: usize, totals: Totals) -> Self {
        let Standing { generation: generations, frames, best_eval } = *standing;
        Self { reason, generations, episodes, frames, best_eval, totals }
    }
}

fn initial_state(session: &Session, plan: &Plan) -> Result<(TrainState, OpenGeneration), RunError> {
    let nobody = OpenGeneration::default();
    match &session.origin {
        Origin::New => Ok((TrainState::new(&session.config, plan), nobody)),
        Origin::From(path, keep) => Ok((Checkpoint::read(path)?.beginning(&session.config, plan, *keep)?, nobody)),
        Origin::Resume => {
            Ok(newest_state(session, plan)?.unwrap_or_else(|| (TrainState::new(&session.config, plan), nobody)))
        }
    }
}

/// What the newest checkpoint of the run directory holds, if there is one.
fn newest_state(session: &Session, plan: &Plan) -> Result<Option<(TrainState, OpenGeneration)>, RunError> {
    let config = &session.config;
    newest(&session.dir, |checkpoint| {
        checkpoint.refuse_other_config(config, plan.task.id())?;
        let state = checkpoint.state(config, plan)?;
        let open = checkpoint.open(plan, &training_job(config, &state, plan.task.as_ref()))?;
        Ok((state, open))
    })
}

/// Warns of something: says it, and keeps it in the run directory, unless that was done before.
pub(super) fn note(
    (notes, audience): (&mut Notes, &mut dyn Audience),
    subject: Subject,
    generation: Option<u32>,
    text: String,
) -> Result<(), RunError> {
    if let Some(line) = notes.add(subject, generation, text)? {
        audience.say(&line);
    }
    Ok(())
}

pub(super) fn announce(gpu: &Gpu, audience: &mut dyn Audience) {
    let adapter = &gpu.adapter;
    audience.say(&format!("device: {}, {}, {}", adapter.name, adapter.backend, adapter.driver_beside_name()));
    if adapter.is_software() {
        audience.say("note: a SOFTWARE driver, which computes on the CPU; `gpu-ec devices` lists what else there is");
    }
    if let Some(distrust) = adapter.distrust() {
        audience.say(&format!("warning: {distrust}"));
    }
}
