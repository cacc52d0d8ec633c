//! Learnt state and progress of a run.

use super::{
    normaliser::Normaliser,
    phase::{self, Phase},
};
use crate::{
    algorithms::{Learner, optimizer::Optimizer},
    config::{Config, UntilConfig},
    kernel::random::{Stream, stream_key},
    plan::Plan,
    run::stop::Standing,
};

/// State that changes from generation to generation; a checkpoint holds exactly this.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainState {
    /// Number of the next generation.
    pub generation: u32,
    /// Training frames so far.
    pub frames: u64,
    /// Current phase.
    pub phase: Phase,
    /// Parameters and the optimizer's memory.
    pub learner: Learner,
    /// Statistics of the observations.
    pub normaliser: Normaliser,
    /// Best mean return of an evaluation so far.
    pub best_eval: Option<f64>,
}

impl TrainState {
    /// Returns the state before the first generation.
    pub fn new(config: &Config, plan: &Plan) -> Self {
        Self::with(config, plan, &|| plan.network.initial(&plan.io, stream_key(config.seed, Stream::Initial)))
    }

    /// Does the same without drawing initial parameters. It is for parameters from elsewhere, since large networks
    /// take seconds to draw theirs.
    pub fn blank(config: &Config, plan: &Plan) -> Self {
        Self::with(config, plan, &|| vec![0.0; plan.n_params()])
    }

    /// Returns the progress of the run.
    pub fn standing(&self) -> Standing {
        Standing { generation: self.generation, frames: self.frames, best_eval: self.best_eval }
    }

    fn with(config: &Config, plan: &Plan, initial: &dyn Fn() -> Vec<f64>) -> Self {
        Self {
            generation: 0,
            frames: 0,
            phase: Phase::default(),
            learner: plan.algorithm.start(&plan.genome, initial),
            normaliser: Normaliser::new(plan.task.d_obs(), config.normaliser.std_floor),
            best_eval: None,
        }
    }

    /// Returns the configuration of the next generation in a run of `config`.
    pub fn config(&self, config: &Config) -> Config {
        self.phase.config(config, self.frames)
    }

    /// Begins the next phase if `result`, that of the generation just finished, ends the current one. Returns true
    /// if it does.
    pub fn next_phase(&mut self, config: &Config, result: &phase::Result) -> bool {
        let last = self.phase.index + 1 >= config.phases.len();
        if last || !self.is_over(&config.phases[self.phase.index].until, result) {
            return false;
        }
        let before = self.config(config).algorithm.optimizer();
        self.phase = Phase { index: self.phase.index + 1, generation: self.generation, frames: self.frames };
        let rule = self.config(config).algorithm.optimizer();
        let n_params = self.learner.params.len();
        if let Some(rule) = rule.filter(|_| rule != before || config.phases[self.phase.index].forget) {
            self.learner.optimizer = Optimizer::new(rule, n_params);
        }
        true
    }

    fn is_over(&self, until: &UntilConfig, result: &phase::Result) -> bool {
        let reached =
            |wanted: Option<f64>, value: Option<f64>| wanted.zip(value).is_some_and(|(wanted, value)| value >= wanted);
        until.frames.is_some_and(|frames| self.phase.lived(self.frames) >= frames)
            || until.generations.is_some_and(|generations| self.generation - self.phase.generation >= generations)
            || reached(until.return_mean, Some(result.return_mean))
            || reached(until.eval_return, result.eval_return)
    }
}
