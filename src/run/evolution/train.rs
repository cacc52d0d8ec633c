//! Training by evolution as the run driver sees it.

use std::path::Path;

use super::{
    engine::{Engine, Job},
    evaluate::evaluate,
    fitness::frames,
    generation::{Outcome, live, tell},
    nonfinite,
    phase::{self, Phase},
    progress::GenerationProgress,
    state::TrainState,
    summary::{Measured, summary},
    tune,
};
use crate::{
    config::{Config, HarnessConfig},
    gpu::Gpu,
    plan::Plan,
    report::{EvalReport, GenerationMetrics, Subject, Totals},
    run::{
        RunError,
        checkpoint::{Checkpoint, save},
        newest::newest,
        session::{Origin, Session},
        stop::{self, Standing},
        stopwatch::Stopwatch,
        trainer::{Running, Trainer},
    },
    tasks::Task,
};

#[cfg(feature = "hub")]
use super::{evaluate::evaluate_by, generation::prepare};
#[cfg(feature = "hub")]
use crate::run::{
    fleet::{self, Fleet},
    stop::Reason,
};

/// Consequence of an unhealthy start pose, and remedies.
const UNHEALTHY_START: &str = "an episode ends with its first step unless the body gets there; change the range, the start pose \
                               of the robot's file, or set task.terminate_when_unhealthy=false";

/// Population that evolves.
pub struct Evolution {
    /// State learnt so far.
    state: TrainState,
    /// Open generation, or the last one.
    outcome: Outcome,
    /// Plan for the first device, until that is opened.
    plan: Option<Plan>,
    /// Other machines that take part.
    #[cfg(feature = "hub")]
    fleet: Fleet,
}

impl Trainer for Evolution {
    type Engine<'gpu> = Engine<'gpu>;

    fn begin(session: &Session, gpu: &Gpu) -> Result<Self, RunError> {
        let config = &session.config;
        let plan = Plan::new(config, gpu.adapter.traits())?;
        let (state, open) = initial_state(session, &plan)?;
        let (population, episodes) = (config.largest_population() as usize, config.algorithm.episodes() as usize);
        let outcome = Outcome::with_room(open, population, episodes)?;
        Ok(Self {
            state,
            outcome,
            plan: Some(plan),
            #[cfg(feature = "hub")]
            fleet: Fleet::of(session)?,
        })
    }

    fn open<'gpu>(&mut self, session: &Session, gpu: &'gpu Gpu) -> Result<Engine<'gpu>, RunError> {
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => Plan::new(&session.config, gpu.adapter.traits())?,
        };
        tune::engine_of_run(gpu, &session.config, plan, session.variants.as_ref())
    }

    fn warm_up(&mut self, engine: &mut Engine) -> Result<(), RunError> {
        engine.warm_up()
    }

    fn task_id<'a>(&'a self, engine: &'a Engine) -> &'a str {
        engine.plan.task.id()
    }

    fn remarks(&self, engine: &Engine) -> Vec<(Subject, String)> {
        let task = engine.plan.task.as_ref();
        let fault = |fault| {
            let text = format!("the start pose is unhealthy, {fault}: {UNHEALTHY_START}");
            (Subject::UnhealthyStart, text)
        };
        let imprecise = Some(task.precision_remarks()).filter(|remarks| !remarks.is_empty());
        let imprecise = imprecise.map(|remarks| (Subject::Precision, remarks.join("; ")));
        task.start_faults().into_iter().map(fault).chain(imprecise).collect()
    }

    fn standing(&self) -> Standing {
        self.state.standing()
    }

    fn lived(&self) -> usize {
        let open = &self.outcome.open;
        if open.generation == Some(self.state.generation) { open.lived() } else { 0 }
    }

    fn next(&mut self, engine: &mut Engine, run: &mut Running<'_>) -> Result<Option<GenerationMetrics>, RunError> {
        let mut watch = Stopwatch::start();
        engine.follow(run.config, &self.state.config(run.config))?;
        let job = training_job(run.config, &self.state, engine.plan.task.as_ref());
        let keep_going = || !run.cancel.is_cancelled();
        let lived_before = if self.lived() == 0 { 0 } else { frames(&self.outcome.open.episodes) };
        if !self.live(engine, &job, &keep_going, run)? {
            return Ok(None);
        }
        let lived = frames(&self.outcome.open.episodes);
        self.report_non_finite(engine, &job, run)?;
        // a cancelled evaluation undoes its generation, but keeps the finished episodes
        let (generations, frames) = (self.state.generation + 1, self.state.frames + lived);
        let evaluates = stop::evaluation_is_due(run.config, generations, frames, run.clock);
        let before = evaluates.then(|| self.state.clone());
        if !tell(engine, &mut self.state, &mut self.outcome, &keep_going)? {
            return Ok(None);
        }
        watch.trained();
        let mut evaluated = None;
        if let Some(before) = before {
            match self.evaluate(engine, job.generation, &keep_going, run) {
                Ok(Some(evaluation)) => evaluated = Some(evaluation),
                cut_off => {
                    self.state = before;
                    return cut_off.map(|_| None);
                }
            }
        }
        self.outcome.open.close();
        let measured = Measured { frames: lived - lived_before, watch, evaluated };
        let mut metrics = summary(engine, &self.state, &self.outcome, &measured);
        metrics.phase = (!run.config.phases.is_empty()).then_some(self.state.phase.index as u32);
        Ok(Some(metrics))
    }

    fn set_best(&mut self, mean: f64) {
        self.state.best_eval = Some(mean);
    }

    fn conclude(&mut self, config: &Config, metrics: &GenerationMetrics) -> Option<String> {
        let result = phase::Result { return_mean: metrics.return_mean, eval_return: metrics.sound_evaluation() };
        self.state.next_phase(config, &result).then(|| begins(&self.state.phase, config))
    }

    fn warnings(
        &self,
        engine: &Engine,
        config: &Config,
        metrics: &GenerationMetrics,
        totals: &Totals,
    ) -> Vec<(Subject, String)> {
        let (robot, places) = (config.task.run_name(), engine.plan.contact_places());
        let overflow = totals.first_overflow(metrics, &robot, places.as_ref());
        let overflow = overflow.map(|text| (Subject::ContactOverflow, text));
        let broken = metrics.broken_evaluation(config.evaluation.episodes);
        let broken = broken.map(|text| (Subject::EvaluationNonfinite, text));
        let silent = metrics.silence(&config.network).map(|text| (Subject::NoSpikes, text));
        [overflow, broken, silent].into_iter().flatten().collect()
    }

    #[cfg(feature = "hub")]
    fn close(&mut self, reason: Reason) {
        self.fleet.close(reason != Reason::Interrupted);
    }

    fn save(&self, engine: &Engine, config: &Config, path: &Path, open: bool) -> Result<(), RunError> {
        save(path, config, &engine.plan, &self.state, open.then_some(&self.outcome.open))
    }
}

impl Evolution {
    /// Lives the open generation, with the fleet if there is one. Returns `false` if `keep_going` did.
    fn live(
        &mut self,
        engine: &mut Engine,
        job: &Job,
        keep_going: &dyn Fn() -> bool,
        run: &mut Running<'_>,
    ) -> Result<bool, RunError> {
        let open = &mut self.outcome.open;
        #[cfg(feature = "hub")]
        if let Some(leader) = self.fleet.leader(engine, run)? {
            prepare(engine, &self.state, open, job)?;
            let normaliser = self.state.normaliser.upload();
            let (phase, frames) = (&self.state.phase, self.state.frames);
            let task = fleet::Task { job, phase, frames, normaliser: &normaliser };
            return leader.live(engine, &task, open, keep_going, run.observer);
        }
        let mut progress = |done| run.observer.within_generation(job.generation, done, job.lives());
        live(engine, &self.state, open, job, keep_going, &mut progress)
    }

    /// Evaluates the state, with the fleet if there is one; `None` if `keep_going` returned false.
    fn evaluate(
        &mut self,
        engine: &mut Engine,
        generation: u32,
        keep_going: &dyn Fn() -> bool,
        run: &mut Running<'_>,
    ) -> Result<Option<EvalReport>, RunError> {
        let episodes = run.config.evaluation.episodes as usize;
        #[cfg(feature = "hub")]
        if let Some(leader) = self.fleet.leader(engine, run)? {
            let normaliser = self.state.normaliser.upload();
            let (phase, frames) = (&self.state.phase, self.state.frames);
            return evaluate_by(engine, &self.state, generation, episodes, &mut |engine, job, evaluated| {
                let task = fleet::Task { job, phase, frames, normaliser: &normaliser };
                leader.live(engine, &task, evaluated, keep_going, run.observer)
            });
        }
        evaluate(engine, &self.state, generation, episodes, keep_going)
    }

    /// Keeps the first member of the run whose state became non-finite, for inspection.
    fn report_non_finite(&mut self, engine: &Engine, job: &Job, run: &mut Running<'_>) -> Result<(), RunError> {
        let Some(record) = nonfinite::first(&self.outcome.open.episodes) else { return Ok(()) };
        if run.notes.know(Subject::Nonfinite) {
            return Ok(());
        }
        match nonfinite::keep(run.dir, run.config, &engine.plan, &self.state, (job, record))? {
            Some(told) => run.note(Subject::Nonfinite, Some(job.generation), told),
            None => Ok(()),
        }
    }
}

/// Announces the phase that begins.
fn begins(phase: &Phase, config: &Config) -> String {
    let Phase { index, generation, .. } = *phase;
    let name = Some(&config.phases[index].name).filter(|name| !name.is_empty());
    let name = name.map_or(String::new(), |name| format!(" `{name}`"));
    format!("phase {} of {}{name} begins after generation {generation}", index + 1, config.phases.len())
}

fn initial_state(session: &Session, plan: &Plan) -> Result<(TrainState, GenerationProgress), RunError> {
    let nobody = GenerationProgress::default();
    match &session.origin {
        Origin::New => Ok((TrainState::new(&session.config, plan), nobody)),
        Origin::From(path, keep) => Ok((Checkpoint::read(path)?.beginning(&session.config, plan, *keep)?, nobody)),
        Origin::Resume => {
            Ok(newest_state(session, plan)?.unwrap_or_else(|| (TrainState::new(&session.config, plan), nobody)))
        }
    }
}

/// Returns the state in the newest checkpoint of the run directory, if there is one.
fn newest_state(session: &Session, plan: &Plan) -> Result<Option<(TrainState, GenerationProgress)>, RunError> {
    let config = &session.config;
    newest(&session.dir, |checkpoint| {
        checkpoint.refuse_other_config(config, plan.task.id())?;
        let state = checkpoint.state(config, plan)?;
        let open = checkpoint.open(plan, &training_job(config, &state, plan.task.as_ref()))?;
        Ok((state, open))
    })
}

/// Returns the job of the next training generation of `state` on `task`.
pub fn training_job(config: &Config, state: &TrainState, task: &dyn Task) -> Job {
    job_at(config, (&state.phase, state.generation, state.frames), task)
}

/// Returns the job of a training generation in a phase, after `frames` frames, on `task`.
pub fn job_at(config: &Config, (phase, generation, frames): (&Phase, u32, u64), task: &dyn Task) -> Job {
    let now = phase.config(config, frames);
    let cap = phase.episode_cap(config, now.task.episode_length() as usize, frames);
    let harness = now.task.harness().map_or([0.0; 4], HarnessConfig::strengths);
    Job {
        harness,
        reward_factors: phase.reward_factors(config, frames, &task.terms()),
        episodes: now.algorithm.episodes() as usize,
        common_starts: now.algorithm.common_starts(),
        ..Job::training(generation, now.algorithm.population() as usize, cap)
    }
}
