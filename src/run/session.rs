//! A whole run, from its configuration to its last checkpoint.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    RunError,
    arms::{Arms, Batch},
    cancel::Cancel,
    driver::drive,
    evolution::train::Evolution,
    observer::{Ending, Observer},
};
use crate::{
    config::Config,
    gpu::{Cache, Selector},
    report::RunDir,
};

/// What a run begins with.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// Probabilities of one half.
    New,
    /// What a checkpoint has learnt, generation 0, and what else is kept of it.
    From(PathBuf, Kept),
    /// The newest checkpoint of the run directory, or generation 0 if it has not come to have one.
    Resume,
}

/// What a run keeps of the checkpoint that it begins from, beside what was learnt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// The optimizer's memory.
    pub optimizer: bool,
    /// The count of training frames.
    pub frames: bool,
}

/// A run to be done.
#[derive(Debug)]
pub struct Session {
    /// What to do.
    pub config: Config,
    /// Where the results go; not created yet unless `origin` is [`Origin::Resume`].
    pub dir: RunDir,
    /// What to begin with.
    pub origin: Origin,
    /// Device asked for.
    pub gpu: Selector,
    /// Where choices between variants are kept; without it none is made.
    pub variants: Option<Cache>,
    /// From when on `stop.seconds` counts; without it, from the beginning of training.
    pub clock: Option<Instant>,
    /// Asks the run to end with a checkpoint, from wherever it is called.
    pub cancel: Cancel,
}

impl Session {
    /// Makes a new run of `config` whose results go to `out`, on the best device; or, without it, to a new folder below
    /// `runs`.
    ///
    /// Errors: `out` is there already.
    pub fn new(config: Config, out: Option<&Path>) -> Result<Self, RunError> {
        let dir = RunDir::choose(out, &config)?;
        let (origin, gpu, cancel) = (Origin::New, Selector::Best, Cancel::default());
        Ok(Self { config: RunDir::owns(config), dir, origin, gpu, variants: None, clock: None, cancel })
    }

    /// Runs until there is a reason to end; the last state is on disk then.
    ///
    /// Errors: a configuration that cannot be planned; a run directory that does not fit together; whatever stops the
    /// run.
    pub fn run(&self, observer: &mut dyn Observer) -> Result<Ending, RunError> {
        match Batch::of(&self.config)? {
            Some(_) => drive::<Arms>(self, observer),
            None => drive::<Evolution>(self, observer),
        }
    }
}
