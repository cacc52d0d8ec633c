//! Population in memory: generations one by one, no files.

use super::{
    engine::Engine,
    evaluate::evaluate,
    generation::{Outcome, run_generation},
    state::TrainState,
    summary::{Measured, summary},
    train::training_job,
};
use crate::{
    config::Config,
    gpu::Gpu,
    plan::Plan,
    report::{EvalReport, GenerationMetrics},
    run::{RunError, stopwatch::Stopwatch},
};

/// Distribution of networks that evolves on a device, with the generation it has reached.
///
/// [`crate::Session`] does the same with files, evaluations and recovery. This type is for programs that handle
/// these themselves, and for user-defined tasks and networks ([`Plan::of_parts`]).
pub struct Population<'gpu> {
    config: Config,
    engine: Engine<'gpu>,
    state: TrainState,
    outcome: Outcome,
}

impl<'gpu> Population<'gpu> {
    /// Compiles `plan`, which was made from `config` for `gpu`.
    ///
    /// Errors: the device; more members than the host has memory for.
    pub fn new(gpu: &'gpu Gpu, config: &Config, plan: Plan) -> Result<Self, RunError> {
        let state = TrainState::new(config, &plan);
        let (population, episodes) = (config.largest_population() as usize, config.algorithm.episodes() as usize);
        let outcome = Outcome::with_room(Default::default(), population, episodes)?;
        let engine = Engine::of_plan(gpu, config, plan)?;
        Ok(Self { config: config.clone(), engine, state, outcome })
    }

    /// Runs one generation and learns from it.
    ///
    /// Errors: the device; no member has a finite return.
    pub fn generation(&mut self) -> Result<GenerationMetrics, RunError> {
        let Self { config, engine, state, outcome } = self;
        let mut watch = Stopwatch::start();
        let before = state.frames;
        engine.follow(config, &state.config(config))?;
        let job = training_job(config, state, engine.plan.task.as_ref());
        run_generation(engine, state, outcome, &job, &|| true, &mut |_| {})?;
        watch.trained();
        let measured = Measured { frames: state.frames - before, watch, evaluated: None };
        Ok(summary(engine, state, outcome, &measured))
    }

    /// Evaluates the deterministic network on `episodes` fresh starts.
    ///
    /// Errors: the device.
    pub fn evaluate(&mut self, episodes: usize) -> Result<EvalReport, RunError> {
        let report = evaluate(&mut self.engine, &self.state, self.state.generation, episodes, &|| true)?;
        report.ok_or_else(|| RunError::Refused("an evaluation that nobody stops was stopped".into()))
    }

    /// Returns the learnt state: the parameters of the distribution, the normaliser, counts.
    pub fn state(&self) -> &TrainState {
        &self.state
    }
}
