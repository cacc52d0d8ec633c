//! Who follows a run, and what is told at its end.

use super::{
    RunError,
    stop::{Reason, Standing},
};
use crate::{
    gpu::Gpu,
    report::{GenerationMetrics, Notes, RunDir, Subject, Totals},
};

/// Follows a run: shows it, takes it down, or does nothing.
pub trait Observer {
    /// Something worth a line.
    fn say(&mut self, text: &str);
    /// Training begins, so many generations and frames being done already.
    fn begin(&mut self, generation: u32, frames: u64);
    /// So many of a generation's episodes are over.
    fn within_generation(&mut self, generation: u32, done: usize, episodes: usize);
    /// A generation is over.
    fn generation(&mut self, metrics: &GenerationMetrics);
    /// The first environment step of `task` is done.
    fn first_step(&mut self, _task: &str) {}
    /// The run has its directory, new or not.
    fn directory(&mut self, _dir: &RunDir) {}
    /// A device has been opened, the first one or another after a loss.
    fn device(&mut self, _gpu: &Gpu) {}
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ending {
    /// Why.
    pub reason: Reason,
    /// Generations done in all.
    pub generations: u32,
    /// Episodes of the generation after them that are over, kept in the checkpoint.
    pub episodes: usize,
    /// Training frames in all.
    pub frames: u64,
    /// Best mean return of an evaluation.
    pub best_eval: Option<f64>,
    /// What must be told of all generations.
    pub totals: Totals,
}

impl Ending {
    /// Makes the end of a run that is so far.
    pub(super) fn of(reason: Reason, standing: &Standing, episodes: usize, totals: Totals) -> Self {
        let Standing { generation: generations, frames, best_eval } = *standing;
        Self { reason, generations, episodes, frames, best_eval, totals }
    }
}

/// Warns of something: says it, and keeps it in the run directory, unless that was done before.
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

/// Says which device a run is computed on, and what is to be known of it.
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
