//! Interface between ways to train and the run driver.

use std::path::{Path, PathBuf};

use super::{
    RunError,
    cancel::Cancel,
    observer::{Observer, note},
    session::Session,
    stop::{Clock, Reason, Standing},
};
use crate::{
    config::Config,
    gpu::Gpu,
    report::{GenerationMetrics, Notes, RunDir, Subject, Totals},
};

/// State of a training run on the host. It outlives the device on which it is computed.
pub trait Trainer: Sized {
    /// Device side.
    type Engine<'gpu>;

    /// Reads another file of the run directory with one line per generation: its path, and the generations it has.
    fn lines(_session: &Session) -> Result<Option<(PathBuf, Vec<u32>)>, RunError> {
        Ok(None)
    }

    /// Returns the state with which `session` begins, for a run on `gpu`. Writes nothing yet.
    ///
    /// Errors: a plan that cannot be made; a checkpoint that cannot be used.
    fn begin(session: &Session, gpu: &Gpu) -> Result<Self, RunError>;

    /// Compiles and allocates the device side, on the first device or on another one after a loss.
    fn open<'gpu>(&mut self, session: &Session, gpu: &'gpu Gpu) -> Result<Self::Engine<'gpu>, RunError>;

    /// Runs what drivers compile at the first dispatch.
    fn warm_up(&mut self, engine: &mut Self::Engine<'_>) -> Result<(), RunError>;

    /// Returns the identifier of the task.
    fn task_id<'a>(&'a self, engine: &'a Self::Engine<'_>) -> &'a str;

    /// Returns warnings to give before training begins.
    fn remarks(&self, _engine: &Self::Engine<'_>) -> Vec<(Subject, String)> {
        vec![]
    }

    /// Opens the trainer's own files in the run directory, cut back to the progress of the run.
    fn open_files(&mut self, _dir: &RunDir) -> Result<(), RunError> {
        Ok(())
    }

    /// Returns the progress of the run.
    fn standing(&self) -> Standing;

    /// Returns the number of finished episodes in the open generation that a checkpoint will keep.
    fn lived(&self) -> usize {
        0
    }

    /// Runs one generation and, if due, its evaluation; `None` if it was interrupted.
    fn next(
        &mut self,
        engine: &mut Self::Engine<'_>,
        run: &mut Running<'_>,
    ) -> Result<Option<GenerationMetrics>, RunError>;

    /// Writes the trainer's own line about the generation just finished.
    fn record(&mut self) -> Result<(), RunError> {
        Ok(())
    }

    /// Stores `mean` as that of the best evaluation so far.
    fn set_best(&mut self, mean: f64);

    /// Acts on the results of the generation just finished. Returns a message about it, if there is one.
    fn conclude(&mut self, _config: &Config, _metrics: &GenerationMetrics) -> Option<String> {
        None
    }

    /// Returns warnings about the metrics of a generation; `totals` are those of the generations before.
    fn warnings(
        &self,
        engine: &Self::Engine<'_>,
        config: &Config,
        metrics: &GenerationMetrics,
        totals: &Totals,
    ) -> Vec<(Subject, String)>;

    /// Writes a checkpoint to `path` atomically. If `open` is set, it includes the finished episodes of the open
    /// generation.
    fn save(&self, engine: &Self::Engine<'_>, config: &Config, path: &Path, open: bool) -> Result<(), RunError>;

    /// Tells others that take part that the run has ended for `reason`.
    fn close(&mut self, _reason: Reason) {}

    /// Waits until the trainer's own lines are on disk.
    fn sync(&mut self) -> Result<(), RunError> {
        Ok(())
    }
}

/// Context of a generation in its run.
pub struct Running<'a> {
    /// Configuration of the run.
    pub config: &'a Config,
    /// Run directory.
    pub dir: &'a RunDir,
    /// Clock for `stop.seconds`.
    pub clock: &'a Clock,
    /// Request to end the run.
    pub cancel: &'a Cancel,
    /// Warnings given so far.
    pub notes: &'a mut Notes,
    /// Observer of the run.
    pub observer: &'a mut dyn Observer,
}

impl Running<'_> {
    /// Gives a warning, unless the run has given it before.
    ///
    /// Errors: the file of notes cannot be written.
    pub fn note(&mut self, subject: Subject, generation: Option<u32>, text: String) -> Result<(), RunError> {
        note((self.notes, self.observer), subject, generation, text)
    }
}
