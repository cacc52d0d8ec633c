//! Which phase a run is in, and when the next one begins.

use super::generation::{TrainState, episode_cap};
use crate::{
    algorithms::optimizer::Optimizer,
    config::{Config, TermConfig, UntilConfig},
    plan::records::{AS_WEIGHTED, REWARD_FACTORS},
    tasks::Term,
};

/// A phase of a run, and how far the run was when it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phase {
    /// Its number among the configuration's, from 0.
    pub index: usize,
    /// Generations before it.
    pub generation: u32,
    /// Training frames before it.
    pub frames: u64,
}

/// What a generation came to, as far as phases go by it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Result {
    /// Mean return of its members.
    pub return_mean: f64,
    /// Mean return of its evaluation, if there was one.
    pub eval_return: Option<f64>,
}

impl Phase {
    /// Returns the configuration of a run of `config` that is in this phase, after `frames` frames in all.
    pub fn config(&self, config: &Config, frames: u64) -> Config {
        config.in_phase(self.index, self.lived(frames))
    }

    /// Returns the steps after which training episodes, `full` steps long if nothing caps them, are truncated then.
    pub fn episode_cap(&self, config: &Config, full: usize, frames: u64) -> usize {
        match config.phases.get(self.index).and_then(|phase| phase.episode_cap.as_ref()) {
            Some(cap) => (cap.at(self.lived(frames)).round() as usize).clamp(1, full),
            None => episode_cap(config.curriculum.as_ref(), full, frames),
        }
    }

    /// Returns what the terms of the reward, whose names are `terms`, are multiplied by after `frames` frames in all.
    pub fn reward_factors(&self, config: &Config, frames: u64, terms: &[Term]) -> [f32; REWARD_FACTORS] {
        let mut factors = AS_WEIGHTED;
        for TermConfig { term, times } in config.phases.get(self.index).iter().flat_map(|phase| &phase.rewards) {
            let index = terms.iter().position(|known| known.name == *term);
            if let Some(factor) = index.and_then(|index| factors.get_mut(index)) {
                *factor = times.at(self.lived(frames)) as f32;
            }
        }
        factors
    }

    /// Counts the frames since it began.
    fn lived(&self, frames: u64) -> u64 {
        frames.saturating_sub(self.frames)
    }
}

impl TrainState {
    /// Returns the configuration of the generation that comes next, in a run of `config`.
    pub fn config(&self, config: &Config) -> Config {
        self.phase.config(config, self.frames)
    }

    /// Begins the next phase if `result`, that of the generation just done, ends the present one. Returns whether it
    /// does.
    pub fn next_phase(&mut self, config: &Config, result: &Result) -> bool {
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

    fn is_over(&self, until: &UntilConfig, result: &Result) -> bool {
        let reached =
            |wanted: Option<f64>, value: Option<f64>| wanted.zip(value).is_some_and(|(wanted, value)| value >= wanted);
        until.frames.is_some_and(|frames| self.phase.lived(self.frames) >= frames)
            || until.generations.is_some_and(|generations| self.generation - self.phase.generation >= generations)
            || reached(until.return_mean, Some(result.return_mean))
            || reached(until.eval_return, result.eval_return)
    }
}
