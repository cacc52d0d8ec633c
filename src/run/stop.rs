//! Conditions that end a run.

use std::time::Instant;

use super::cancel::Cancel;
use crate::config::Config;

/// Reason for the end of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// All `generations` are done.
    Generations,
    /// `stop.frames` is reached.
    Frames,
    /// `stop.eval_return` is reached.
    EvalReturn,
    /// `stop.seconds` have passed in this process.
    Seconds,
    /// Request to end, which a signal sends to the program.
    Interrupted,
}

impl Reason {
    /// Returns the reason in words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Generations => "all generations are done",
            Self::Frames => "stop.frames is reached",
            Self::EvalReturn => "stop.eval_return is reached",
            Self::Seconds => "stop.seconds have passed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Progress of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Standing {
    /// Number of the next generation.
    pub generation: u32,
    /// Training frames so far.
    pub frames: u64,
    /// Best mean return of an evaluation so far.
    pub best_eval: Option<f64>,
}

/// Clock for `stop.seconds`. Time is up only after an evaluated generation, so that the last one of a run is always
/// evaluated.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    limit: Option<f64>,
    from: Instant,
    up: bool,
}

impl Clock {
    /// Returns a clock that has run since `from`.
    pub fn new(config: &Config, from: Instant) -> Self {
        Self { limit: config.stop.seconds, from, up: false }
    }

    /// Returns true if `stop.seconds` have passed, so that the current generation is to be the last.
    pub fn has_run_out(&self) -> bool {
        self.limit.is_some_and(|seconds| self.from.elapsed().as_secs_f64() >= seconds)
    }

    /// Records the end of a generation; `evaluated` is true if it was evaluated.
    pub fn generation_over(&mut self, evaluated: bool) {
        self.up = evaluated && self.has_run_out();
    }
}

/// Returns true if the generation that leads to `generations` and `frames` is to be evaluated: every
/// `evaluation.every`-th, and the last one.
pub fn evaluation_is_due(config: &Config, generations: u32, frames: u64, clock: &Clock) -> bool {
    generations.is_multiple_of(config.evaluation.every)
        || long_enough(config, generations, frames).is_some()
        || clock.has_run_out()
}

/// Returns the condition that a run meets permanently, in whatever process.
pub fn finished(config: &Config, standing: &Standing) -> Option<Reason> {
    let good_enough =
        config.stop.eval_return.is_some_and(|wanted| standing.best_eval.is_some_and(|best| best >= wanted));
    long_enough(config, standing.generation, standing.frames).or(good_enough.then_some(Reason::EvalReturn))
}

/// Returns the condition that `generations` and `frames` meet, regardless of what was learnt.
fn long_enough(config: &Config, generations: u32, frames: u64) -> Option<Reason> {
    if generations >= config.generations {
        Some(Reason::Generations)
    } else {
        config.stop.frames.is_some_and(|end| frames >= end).then_some(Reason::Frames)
    }
}

/// Returns any reason to end before another generation.
pub fn reached(config: &Config, standing: &Standing, clock: &Clock, cancel: &Cancel) -> Option<Reason> {
    if cancel.is_cancelled() {
        return Some(Reason::Interrupted);
    }
    finished(config, standing).or(clock.up.then_some(Reason::Seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn time_is_up_only_after_an_evaluated_generation() {
        let (mut config, cancel) = (Config::default(), Cancel::default());
        config.stop.seconds = Some(5.0);
        let mut clock = Clock::new(&config, Instant::now());
        clock.generation_over(true);
        assert_eq!(reached(&config, &Standing::default(), &clock, &cancel), None, "there is time left");
        let mut clock = Clock { from: Instant::now() - Duration::from_secs(6), ..clock };
        assert_eq!(reached(&config, &Standing::default(), &clock, &cancel), None, "a run has a generation at least");
        assert!(evaluation_is_due(&config, 1, 1, &clock), "the generation under way is the last");
        clock.generation_over(false);
        assert_eq!(reached(&config, &Standing::default(), &clock, &cancel), None, "it was not evaluated");
        clock.generation_over(true);
        assert_eq!(reached(&config, &Standing::default(), &clock, &cancel), Some(Reason::Seconds), "it was");
    }
}
