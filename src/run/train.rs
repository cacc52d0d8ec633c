//! The generation loop.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use super::{
    RunError,
    checkpoint::save,
    engine::{Engine, Job},
    evaluate::evaluate,
    generation::{Outcome, TrainState, frames, live, tell},
    nonfinite,
    phase::{self, Phase},
    session::{Audience, Session, note},
    stop::{self, Clock, Reason, interrupted, reached},
    store::{Keeper, is_due},
    summary::{Measured, summary},
};
use crate::{
    config::{Config, HarnessConfig},
    plan::build::Plan,
    report::{EvalReport, GenerationMetrics, MetricsWriter, Notes, RunDir, Subject, Totals},
    tasks::Task,
};

/// A checkpoint is written at least this often, if generations are not longer.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(600);

/// A run in progress; it outlives the device it is computed on.
pub struct Training<'a> {
    config: &'a Config,
    dir: &'a RunDir,
    /// What has been learnt so far.
    pub state: TrainState,
    /// The generation under way, or the last one.
    pub outcome: Outcome,
    /// What must be told of all generations so far.
    pub totals: Totals,
    metrics: MetricsWriter,
    notes: Notes,
    keeper: Keeper,
    clock: Clock,
    /// Generations, and lives of the open one, in the checkpoint that this process wrote last.
    saved: Option<(u32, usize)>,
    saved_at: Instant,
}

impl<'a> Training<'a> {
    /// The run of `session` that goes on from `state` and the open generation of `outcome`, writes to `dir`, and has
    /// `totals` behind it.
    pub fn new(
        session: &'a Session,
        dir: &'a RunDir,
        (state, outcome): (TrainState, Outcome),
        (metrics, notes, keeper): (MetricsWriter, Notes, Keeper),
        totals: Totals,
    ) -> Self {
        let config = &session.config;
        let now = Instant::now();
        let clock = Clock::new(config, session.clock.unwrap_or(now));
        Self { config, dir, state, outcome, totals, metrics, notes, keeper, clock, saved: None, saved_at: now }
    }

    /// Generations done, and lives of the open one that are over.
    pub fn progress(&self) -> (u32, usize) {
        let open = &self.outcome.open;
        let generation = self.state.generation;
        (generation, if open.generation == Some(generation) { open.lived() } else { 0 })
    }

    /// Runs generations until there is a reason to end; the last state is on disk when this returns, also if the device failed.
    ///
    /// After an error of the device another one may go on.
    pub fn run(&mut self, engine: &mut Engine, audience: &mut dyn Audience) -> Result<Reason, RunError> {
        let result = self.generations(engine, audience);
        // after any other error the disk is not to be trusted, or lacks a line of the metrics
        if let Ok(_) | Err(RunError::Gpu(_) | RunError::AllNonFinite { .. }) = result
            && self.saved != Some(self.progress())
        {
            self.save(&engine.plan)?;
        }
        result
    }

    fn generations(&mut self, engine: &mut Engine, audience: &mut dyn Audience) -> Result<Reason, RunError> {
        loop {
            if let Some(reason) = reached(self.config, &self.state.standing(), &self.clock) {
                return Ok(reason);
            }
            let Some(metrics) = self.next_generation(engine, audience)? else { continue };
            self.metrics.write(&metrics)?;
            self.warn(&metrics, &engine.plan, audience)?;
            self.totals.add(&metrics);
            audience.generation(&metrics);
            stop::risk_generation(self.state.generation);
            self.clock.generation_over(metrics.eval_return.is_some());
            if is_due(self.config, self.state.generation) || self.saved_at.elapsed() > CHECKPOINT_INTERVAL {
                self.save(&engine.plan)?;
            }
        }
    }

    /// Warns of something, unless that was done before in the run.
    pub fn note(
        &mut self,
        subject: Subject,
        generation: Option<u32>,
        text: String,
        audience: &mut dyn Audience,
    ) -> Result<(), RunError> {
        note((&mut self.notes, audience), subject, generation, text)
    }

    /// Warns of what the numbers of a generation say.
    fn warn(&mut self, metrics: &GenerationMetrics, plan: &Plan, audience: &mut dyn Audience) -> Result<(), RunError> {
        let (robot, places) = (self.config.task.run_name(), plan.contact_places());
        let overflow = self.totals.first_overflow(metrics, &robot, places.as_ref());
        let overflow = overflow.map(|text| (Subject::ContactOverflow, text));
        let episodes = self.config.evaluation.episodes;
        let broken = metrics.broken_evaluation(episodes).map(|text| (Subject::EvaluationNonfinite, text));
        let silent = metrics.silence(&self.config.network).map(|text| (Subject::NoSpikes, text));
        for (subject, text) in [overflow, broken, silent].into_iter().flatten() {
            self.note(subject, Some(metrics.generation), text, audience)?;
        }
        Ok(())
    }

    /// Writes a checkpoint of what has been learnt, with the lives of the open generation that are over.
    pub fn save(&mut self, plan: &Plan) -> Result<(), RunError> {
        self.metrics.sync()?;
        let generation = self.state.generation;
        let path = self.dir.checkpoint(generation);
        save(&path, self.config, plan, &self.state, Some(&self.outcome.open))?;
        self.keeper.written(self.dir, self.config, generation)?;
        stop::risk_kept(generation);
        tracing::info!("checkpoint {}", path.display());
        (self.saved, self.saved_at) = (Some(self.progress()), Instant::now());
        Ok(())
    }

    /// One generation and, if due, its evaluation; `None` if a signal cut it off: the lives that are over are kept.
    fn next_generation(
        &mut self,
        engine: &mut Engine,
        audience: &mut dyn Audience,
    ) -> Result<Option<GenerationMetrics>, RunError> {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        engine.follow(self.config, &self.state.config(self.config))?;
        let job = training_job(self.config, &self.state, engine.plan.task.as_ref());
        let keep_going = || !interrupted();
        let lived_before = match self.progress() {
            (_, 0) => 0,
            _ => frames(&self.outcome.open.episodes),
        };
        let mut progress = |done| audience.within_generation(job.generation, done, job.lives());
        if !live(engine, &self.state, &mut self.outcome.open, &job, &keep_going, &mut progress)? {
            return Ok(None);
        }
        let lived = frames(&self.outcome.open.episodes);
        self.report_non_finite(engine, &job, audience)?;
        // an evaluation cut off takes its generation back, but for the members
        let (generations, frames) = (self.state.generation + 1, self.state.frames + lived);
        let evaluates = stop::evaluation_is_due(self.config, generations, frames, &self.clock);
        let before = evaluates.then(|| self.state.clone());
        if !tell(engine, &mut self.state, &mut self.outcome, &keep_going)? {
            return Ok(None);
        }
        let training_seconds = wall.elapsed().as_secs_f64();
        let mut evaluated = None;
        if let Some(before) = before {
            let episodes = self.config.evaluation.episodes as usize;
            match evaluate(engine, &self.state, job.generation, episodes, &keep_going) {
                Ok(Some(evaluation)) => evaluated = Some(evaluation),
                cut_off => {
                    self.state = before;
                    return cut_off.map(|_| None);
                }
            }
        }
        self.keep_best(engine, evaluated.as_ref().and_then(EvalReport::sound))?;
        self.outcome.open.close();
        let measured = Measured { frames: lived - lived_before, training_seconds, wall, cpu, evaluated };
        let mut metrics = summary(engine, &self.state, &self.outcome, &measured);
        if !self.config.phases.is_empty() {
            metrics.phase = Some(self.state.phase.index as u32);
        }
        let result = phase::Result { return_mean: metrics.return_mean, eval_return: metrics.sound_evaluation() };
        if self.state.next_phase(self.config, &result) {
            audience.say(&self.begins());
        }
        Ok(Some(metrics))
    }

    /// Says which phase begins.
    fn begins(&self) -> String {
        let Phase { index, generation, .. } = self.state.phase;
        let name = Some(&self.config.phases[index].name).filter(|name| !name.is_empty());
        let name = name.map_or(String::new(), |name| format!(" `{name}`"));
        format!("phase {} of {}{name} begins after generation {generation}", index + 1, self.config.phases.len())
    }

    /// Keeps the checkpoint if `mean` is that of the best evaluation so far.
    fn keep_best(&mut self, engine: &Engine, mean: Option<f64>) -> Result<(), RunError> {
        let Some(mean) = mean else { return Ok(()) };
        if self.state.best_eval.is_none_or(|best| mean > best) {
            self.state.best_eval = Some(mean);
            save(&self.dir.best(), self.config, &engine.plan, &self.state, None)?;
        }
        Ok(())
    }

    /// The first member of the run whose state ceased to be a number is kept, so that it can be looked at.
    fn report_non_finite(&mut self, engine: &Engine, job: &Job, audience: &mut dyn Audience) -> Result<(), RunError> {
        let Some(record) = nonfinite::first(&self.outcome.open.episodes) else { return Ok(()) };
        if self.notes.know(Subject::Nonfinite) {
            return Ok(());
        }
        match nonfinite::keep(self.dir, self.config, &engine.plan, &self.state, (job, record))? {
            Some(told) => self.note(Subject::Nonfinite, Some(job.generation), told, audience),
            None => Ok(()),
        }
    }
}

/// The job of the next training generation of `state`, whose task is `task`.
pub fn training_job(config: &Config, state: &TrainState, task: &dyn Task) -> Job {
    let now = state.config(config);
    let cap = state.phase.episode_cap(config, now.task.episode_length() as usize, state.frames);
    let harness = now.task.harness().map_or([0.0; 4], HarnessConfig::strengths);
    Job {
        harness,
        reward_factors: state.phase.reward_factors(config, state.frames, &task.terms()),
        episodes: now.algorithm.episodes() as usize,
        common_starts: now.algorithm.common_starts(),
        ..Job::training(state.generation, now.algorithm.population() as usize, cap)
    }
}
