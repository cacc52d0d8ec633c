//! `gpu-ec bench`: timing of whole generations, of whatever learns.

use std::time::Instant;

use cpu_time::ProcessTime;

use super::{
    RunError,
    arms::bench::ArmsBench,
    evolution::{bench::EvolutionBench, peak},
    memory::peak_rss_bytes,
    policy::bench::PolicyBench,
    q_learners::QBench,
};
use crate::{
    config::{Config, Family},
    gpu::{Cache, Gpu},
    report::{BenchReport, PassReport, Peak},
};

/// Passes to time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BenchPart {
    /// Whole generation.
    #[default]
    All,
    /// Task alone, driven by uniform random actions.
    Physics,
    /// Network alone, on the observation at the start.
    Policy,
}

/// Options of a benchmark.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// Maximum length of an episode, steps.
    pub steps: usize,
    /// Time to measure for, s; at least one generation is timed.
    pub seconds: f64,
    /// Passes to time.
    pub part: BenchPart,
    /// True if a fall does not end an episode.
    pub no_termination: bool,
    /// Cache of choices between variants; `None` if none is to be made.
    pub variants: Option<Cache>,
}

/// Training on a device that is to be timed.
pub trait Timed {
    /// Runs the next generation as `run` does; returns its frames.
    fn generation(&mut self) -> Result<u64, RunError>;
    /// Returns the size of all buffers on the device, bytes.
    fn device_bytes(&self) -> u64;
    /// Times every pass by itself; none where a single kernel does everything.
    fn passes(&mut self, _: &Peak) -> Result<Vec<PassReport>, RunError> {
        Ok(vec![])
    }
}

/// Times `config` on `gpu`. The process started at `started`.
pub fn bench(gpu: &Gpu, config: &Config, options: &BenchOptions, started: Instant) -> Result<BenchReport, RunError> {
    let compile = Instant::now();
    let mut measured: Box<dyn Timed + '_> = match config.algorithm.family() {
        Family::Evolution => Box::new(EvolutionBench::new(gpu, config, options)?),
        Family::Policy => Box::new(PolicyBench::new(gpu, config, options)?),
        Family::Arms => Box::new(ArmsBench::new(gpu, config)?),
        Family::QLearners => Box::new(QBench::new(gpu, config)?),
    };
    let compile_seconds = compile.elapsed().as_secs_f64();
    let (startup_seconds, startup_cpu) = (started.elapsed(), ProcessTime::now());
    measured.generation()?; // warm-up: pacing finds its step
    let (wall, cpu, mut frames) = (Instant::now(), ProcessTime::now(), 0);
    while frames == 0 || wall.elapsed().as_secs_f64() < options.seconds {
        frames += measured.generation()?;
    }
    let (seconds, cpu_seconds) = (wall.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    let peak_rss_bytes = peak_rss_bytes(); // before the measurement of the peak takes memory of its own
    let peak = peak::measure(gpu)?;
    Ok(BenchReport {
        frames,
        seconds,
        cpu_seconds,
        frames_per_second: frames as f64 / seconds,
        frames_per_cpu_second: frames as f64 / cpu_seconds,
        startup_seconds: startup_seconds.as_secs_f64(),
        startup_cpu_seconds: startup_cpu.as_duration().as_secs_f64(),
        compile_seconds,
        peak_rss_bytes,
        device_bytes: measured.device_bytes(),
        adapter: format!("{} ({})", gpu.adapter.name, gpu.adapter.driver),
        passes: measured.passes(&peak)?,
        peak,
    })
}
