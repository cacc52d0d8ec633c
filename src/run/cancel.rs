//! Requests to end a run, and the work that would be lost if the process ended at once.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::report::quoted;

/// Request to end a run, shared with whoever may make it: a signal handler, another thread, an observer.
///
/// A run that is asked to end writes a checkpoint first. All clones share one request.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    asked: AtomicBool,
    at_risk: Mutex<Option<AtRisk>>,
}

/// Work that would be lost if the process ended at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtRisk {
    /// Progress of a run since its newest checkpoint.
    Run {
        /// Run directory.
        dir: PathBuf,
        /// Generations in its newest checkpoint, if it has one.
        kept: Option<u32>,
        /// Generations done.
        done: u32,
    },
    /// File that is renamed into place once it is complete.
    File(PathBuf),
    /// Slices of a run that another machine leads.
    Slices,
}

impl Cancel {
    /// Asks the run to end.
    pub fn cancel(&self) {
        self.0.asked.store(true, Ordering::Relaxed);
    }

    /// Returns true if the run has been asked to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Returns the work that would be lost if the process ended at once, if any.
    pub fn at_risk(&self) -> Option<AtRisk> {
        self.risk().clone()
    }

    /// Sets the work that is not yet complete on disk; `None` if all is.
    pub fn put_at_risk(&self, what: Option<AtRisk>) {
        *self.risk() = what;
    }

    /// Records the number of finished generations.
    pub(super) fn risk_generation(&self, generations: u32) {
        if let Some(AtRisk::Run { done, .. }) = self.risk().as_mut() {
            *done = generations;
        }
    }

    /// Records a checkpoint after `generation` generations.
    pub(super) fn risk_kept(&self, generation: u32) {
        if let Some(AtRisk::Run { kept, .. }) = self.risk().as_mut() {
            *kept = Some(generation);
        }
    }

    fn risk(&self) -> MutexGuard<'_, Option<AtRisk>> {
        self.0.at_risk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AtRisk {
    /// Returns the final message of a process that ends at once.
    pub fn loss(&self) -> String {
        let (dir, kept, done) = match self {
            AtRisk::Run { dir, kept, done } => (dir, kept, done),
            AtRisk::File(path) => {
                return format!("stopped at once by another signal: {} is not written", path.display());
            }
            AtRisk::Slices => {
                return "stopped at once by another signal; others live again what this machine left".into();
            }
        };
        let from = kept.unwrap_or(0);
        let lost = match done.saturating_sub(from) {
            0 => "what its open generation has done is lost".into(),
            1 => format!("generation {done} is lost, and what the open one has done"),
            _ => format!("generations {} to {done} are lost, and what the open one has done", from + 1),
        };
        let newest = match kept {
            Some(kept) => format!("goes on from the checkpoint after generation {kept}"),
            None => "begins at the start".into(),
        };
        let dir = quoted(dir);
        format!("stopped at once by another signal, without a checkpoint: {lost}; `gpu-ec run --resume {dir}` {newest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_said() {
        let loss = |kept, done| AtRisk::Run { dir: "runs/a".into(), kept, done }.loss();
        for (kept, done, parts) in [
            (Some(5), 8, ["generations 6 to 8 are lost", "from the checkpoint after generation 5"]),
            (Some(5), 6, ["generation 6 is lost", "after generation 5"]),
            (Some(5), 5, ["what its open generation has done", "runs/a"]),
            (None, 3, ["generations 1 to 3 are lost", "begins at the start"]),
        ] {
            let loss = loss(kept, done);
            assert!(parts.iter().all(|part| loss.contains(part)), "{kept:?}, {done}: {loss}");
        }
    }
}
