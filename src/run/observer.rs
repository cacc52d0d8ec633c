//! Observers of a run, and the summary at its end.

use super::{
    RunError,
    stop::{Reason, Standing},
};
use crate::{
    gpu::Gpu,
    report::{GenerationMetrics, Notes, RunDir, Subject, Totals},
};

/// Observer of a run, which shows it, records it, or does nothing.
pub trait Observer {
    /// Receives a message worth one line.
    fn say(&mut self, text: &str);
    /// Receives the number of generations and frames already done, when training begins.
    fn begin(&mut self, generation: u32, frames: u64);
    /// Receives the number of finished episodes in a generation of `episodes`.
    fn within_generation(&mut self, generation: u32, done: usize, episodes: usize);
    /// Receives the metrics of a finished generation.
    fn generation(&mut self, metrics: &GenerationMetrics);
    /// Receives the identifier of the task after the first environment step.
    fn first_step(&mut self, _task: &str) {}
    /// Receives the run directory, new or reopened.
    fn directory(&mut self, _dir: &RunDir) {}
    /// Receives a device that was opened, the first one or another after a loss.
    fn device(&mut self, _gpu: &Gpu) {}
}

/// Summary of a run at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ending {
    /// Reason for the end.
    pub reason: Reason,
    /// Total number of generations.
    pub generations: u32,
    /// Number of finished episodes in the next generation, kept in the checkpoint.
    pub episodes: usize,
    /// Total number of training frames.
    pub frames: u64,
    /// Best mean return of an evaluation, if there was one.
    pub best_eval: Option<f64>,
    /// Totals over all generations.
    pub totals: Totals,
}

impl Ending {
    /// Returns the summary of a run at `standing`.
    pub(super) fn of(reason: Reason, standing: &Standing, episodes: usize, totals: Totals) -> Self {
        let Standing { generation: generations, frames, best_eval } = *standing;
        Self { reason, generations, episodes, frames, best_eval, totals }
    }
}

/// Gives a warning and keeps it in the run directory, unless that was done before.
pub(super) fn note(
    (notes, observer): (&mut Notes, &mut dyn Observer),
    subject: Subject,
    generation: Option<u32>,
    text: String,
) -> Result<(), RunError> {
    if let Some(line) = notes.add(subject, generation, text)? {
        observer.say(&line);
    }
    Ok(())
}

/// Announces the device of a run, and any caveats about it.
pub(super) fn announce(gpu: &Gpu, observer: &mut dyn Observer) {
    let adapter = &gpu.adapter;
    observer.say(&format!("device: {}, {}, {}", adapter.name, adapter.backend, adapter.driver_beside_name()));
    if adapter.is_software() {
        observer.say("note: a SOFTWARE driver, which computes on the CPU; `gpu-ec devices` lists what else there is");
    }
    if let Some(distrust) = adapter.distrust() {
        observer.say(&format!("warning: {distrust}"));
    }
}
