//! What every way to train has to give the driver of runs.

use std::path::{Path, PathBuf};

use super::{
    RunError,
    cancel::Cancel,
    observer::{Observer, note},
    session::Session,
    stop::{Clock, Standing},
};
use crate::{
    config::Config,
    gpu::Gpu,
    report::{GenerationMetrics, Notes, RunDir, Subject, Totals},
};

/// The state of a training run on the host. It outlives the device that it is computed on.
pub trait Trainer: Sized {
    /// The device side.
    type Engine<'gpu>;

    /// Reads another file of the run directory that has a line per generation: its path, and the generations it has.
    fn lines(_session: &Session) -> Result<Option<(PathBuf, Vec<u32>)>, RunError> {
        Ok(None)
    }

    /// Takes the state that `session` begins with, for a run on `gpu`. Nothing is written yet.
    ///
    /// Errors: a plan that cannot be made; a checkpoint that cannot be taken.
    fn begin(session: &Session, gpu: &Gpu) -> Result<Self, RunError>;

    /// Compiles and allocates the device side, on the first device or on another one after a loss.
    fn open<'gpu>(&mut self, session: &Session, gpu: &'gpu Gpu) -> Result<Self::Engine<'gpu>, RunError>;

    /// Makes the driver compile what it compiles at the first dispatch.
    fn warm_up(&mut self, engine: &mut Self::Engine<'_>) -> Result<(), RunError>;

    /// Returns the identifier of the task.
    fn task_id<'a>(&'a self, engine: &'a Self::Engine<'_>) -> &'a str;

    /// Returns what is to be warned of before training begins.
    fn remarks(&self, _engine: &Self::Engine<'_>) -> Vec<(Subject, String)> {
        vec![]
    }

    /// Opens the files of its own in the run directory, cut back to where the run is.
    fn open_files(&mut self, _dir: &RunDir) -> Result<(), RunError> {
        Ok(())
    }

    /// Returns how far the run is.
    fn standing(&self) -> Standing;

    /// Returns how many episodes of the generation under way are over and will be kept by a checkpoint.
    fn lived(&self) -> usize {
        0
    }

    /// Runs one generation and, if due, its evaluation; `None` if it was cut off.
    fn next(
        &mut self,
        engine: &mut Self::Engine<'_>,
        run: &mut Running<'_>,
    ) -> Result<Option<GenerationMetrics>, RunError>;

    /// Writes its own line of the generation that is just done.
    fn record(&mut self) -> Result<(), RunError> {
        Ok(())
    }

    /// Keeps `mean` as that of the best evaluation so far.
    fn set_best(&mut self, mean: f64);

    /// Takes the consequences of the generation that is just done; returns what is to be said of them.
    fn conclude(&mut self, _config: &Config, _metrics: &GenerationMetrics) -> Option<String> {
        None
    }

    /// Returns what the numbers of a generation warn of, `totals` being those of the generations before.
    fn warnings(
        &self,
        engine: &Self::Engine<'_>,
        config: &Config,
        metrics: &GenerationMetrics,
        totals: &Totals,
    ) -> Vec<(Subject, String)>;

    /// Writes a checkpoint to `path`, whole or not at all; with what is done of the generation under way if it is
    /// `open`.
    fn save(&self, engine: &Self::Engine<'_>, config: &Config, path: &Path, open: bool) -> Result<(), RunError>;

    /// Waits until its own lines are on the disk.
    fn sync(&mut self) -> Result<(), RunError> {
        Ok(())
    }
}

/// The run around a generation.
pub struct Running<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The run directory.
    pub dir: &'a RunDir,
    /// Counts `stop.seconds`.
    pub clock: &'a Clock,
    /// Asks the run to end.
    pub cancel: &'a Cancel,
    /// What has been warned of.
    pub notes: &'a mut Notes,
    /// Who follows.
    pub observer: &'a mut dyn Observer,
}

impl Running<'_> {
    /// Warns of something, unless that was done before in the run.
    ///
    /// Errors: the file of notes cannot be written.
    pub fn note(&mut self, subject: Subject, generation: Option<u32>, text: String) -> Result<(), RunError> {
        note((self.notes, self.observer), subject, generation, text)
    }
}
