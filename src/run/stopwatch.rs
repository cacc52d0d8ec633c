//! Time that a generation takes.

use std::time::Instant;

use cpu_time::ProcessTime;

use super::memory::rss_bytes;
use crate::report::Timing;

/// Clock of a generation, which times training apart from the evaluation after it.
pub struct Stopwatch {
    wall: Instant,
    cpu: ProcessTime,
    training_seconds: f64,
}

impl Stopwatch {
    /// Starts the clock.
    pub fn start() -> Self {
        Self { wall: Instant::now(), cpu: ProcessTime::now(), training_seconds: 0.0 }
    }

    /// Records the end of training.
    pub fn trained(&mut self) {
        self.training_seconds = self.wall.elapsed().as_secs_f64();
    }

    /// Returns the cost of the generation so far, in which this process trained for `frames` frames, with so many bytes
    /// on the device.
    pub fn timing(&self, frames: u64, device_bytes: u64) -> Timing {
        Timing {
            wall_seconds: self.wall.elapsed().as_secs_f64(),
            cpu_seconds: self.cpu.elapsed().as_secs_f64(),
            frames_per_second: frames as f64 / self.training_seconds,
            rss_bytes: rss_bytes(),
            device_bytes,
        }
    }
}
