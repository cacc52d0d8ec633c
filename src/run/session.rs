//! Whole run, from its configuration to its last checkpoint.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use super::{RunError, cancel::Cancel};
use crate::{
    config::Config,
    gpu::{Cache, Selector},
    report::RunDir,
};

/// Start of a run.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// Initial parameters: probabilities of one half with EC, a drawn mean otherwise.
    New,
    /// Learnt parameters of a checkpoint at generation 0, and what else is kept of it.
    From(PathBuf, Kept),
    /// Newest checkpoint of the run directory, or generation 0 if it has none yet.
    Resume,
}

/// State that a run keeps of its initial checkpoint, besides what was learnt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// True if the optimizer's memory is kept.
    pub optimizer: bool,
    /// True if the count of training frames is kept.
    pub frames: bool,
}

/// Run to be done.
#[derive(Debug)]
pub struct Session {
    /// Configuration of the run.
    pub config: Config,
    /// Directory of the results; not created yet unless `origin` is [`Origin::Resume`].
    pub dir: RunDir,
    /// Start of the run.
    pub origin: Origin,
    /// Requested device.
    pub gpu: Selector,
    /// Cache of choices between variants; `None` if none is to be made.
    pub variants: Option<Cache>,
    /// Start of the time that `stop.seconds` limits; `None` for the beginning of training.
    pub clock: Option<Instant>,
    /// Request to end the run with a checkpoint, which may come from anywhere.
    pub cancel: Cancel,
    /// Hub through which other machines take part, if they may.
    #[cfg(feature = "hub")]
    pub fleet: Option<crate::run::fleet::FleetSettings>,
}

impl Session {
    /// Returns a new run of `config` on the best device. Results go to `out`, or to a new folder below `runs` if
    /// that is `None`.
    ///
    /// Errors: `out` already exists.
    pub fn new(config: Config, out: Option<&Path>) -> Result<Self, RunError> {
        let dir = RunDir::choose(out, &config)?;
        let (origin, gpu, cancel) = (Origin::New, Selector::Best, Cancel::default());
        Ok(Self {
            config: RunDir::owns(config),
            dir,
            origin,
            gpu,
            variants: None,
            clock: None,
            cancel,
            #[cfg(feature = "hub")]
            fleet: None,
        })
    }
}
