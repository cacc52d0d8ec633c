//! Number of environment steps per submission.

use std::time::{Duration, Instant};

/// Number of submissions in flight: the device computes one while the next is handed over.
pub const IN_FLIGHT: usize = 2;

/// Controller that brings submissions to a target duration by measuring earlier ones.
#[derive(Debug)]
pub struct Pacing {
    target: Duration,
    steps: f64,
    last: Option<Instant>,
}

impl Pacing {
    /// Returns a controller that starts with few steps.
    pub fn new(target_ms: u32) -> Self {
        Self { target: Duration::from_millis(target_ms.into()), steps: 4.0, last: None }
    }

    /// Returns the number of steps to record next: a multiple of `unit`, at least one unit.
    pub fn steps(&self, unit: usize) -> usize {
        ((self.steps as usize) / unit).max(1) * unit
    }

    /// Restarts the clock for a new rollout, because the time since the last submission was idle.
    pub fn restart(&mut self) {
        self.last = Some(Instant::now());
    }

    /// Records that a submission of `steps` steps has just ended.
    pub fn completed(&mut self, steps: usize) {
        let now = Instant::now();
        if let Some(last) = self.last.replace(now) {
            let seconds = (now - last).as_secs_f64().max(1e-6);
            let wanted = steps as f64 * self.target.as_secs_f64() / seconds;
            self.steps = wanted.clamp(self.steps * 0.5, self.steps * 2.0).clamp(1.0, 4096.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_while_submissions_are_short_and_keeps_the_unit() {
        let mut pacing = Pacing::new(1000);
        assert_eq!(pacing.steps(8), 8, "never less than one unit");
        pacing.restart();
        for _ in 0..4 {
            pacing.completed(pacing.steps(8));
        }
        assert!(pacing.steps(8) > 32, "doubles while the device is idle: {}", pacing.steps(8));
        assert_eq!(pacing.steps(8) % 8, 0, "whole units");
    }
}
