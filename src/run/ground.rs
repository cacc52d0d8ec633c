//! Run directory of a run. It is read and locked first, and taken over or created once everything else is ready.

use std::path::PathBuf;

use super::{
    cancel::AtRisk,
    observer::{Observer, note},
    session::{Origin, Session},
};
use crate::{
    files::Lock,
    gpu::AdapterSummary,
    report::{EventWriter, MetricsWriter, Notes, RunDir, Totals, metrics},
    run::{
        RunError,
        history::History,
        run_files::{Keeper, is_due, record_session, write_config},
        stop::Standing,
    },
};

/// Run directory, with the files that a run writes.
pub struct Ground {
    /// Run directory.
    pub dir: RunDir,
    /// Writer of the metrics, which are cut back to the generation from which the run continues.
    pub metrics: MetricsWriter,
    /// Warnings given so far.
    pub notes: Notes,
    /// Totals over the generations so far.
    pub totals: Totals,
    /// Choice of the checkpoints that stay.
    pub keeper: Keeper,
    /// Generations in the newest checkpoint, if there is one.
    newest: Option<u32>,
    /// Lock on the directory, held while the run writes to it.
    _lock: Lock,
}

/// Locks the directory of a resumed run and reads its history; `None` for a new run. `lines` reads another file
/// with one line per generation, as [`History::of`] takes it.
///
/// Errors: another process writes to the directory; its files contradict each other.
pub fn reopen(
    session: &Session,
    lines: impl FnOnce() -> Result<Option<(PathBuf, Vec<u32>)>, RunError>,
) -> Result<Option<(Lock, History)>, RunError> {
    if session.origin != Origin::Resume {
        return Ok(None);
    }
    let lock = session.dir.lock()?;
    let history = History::of(&session.dir, &session.config, lines()?)?;
    Ok(Some((lock, history)))
}

/// Creates the directory of a new run, or takes over the `reopened` one, for a run at `standing` on `adapter`.
///
/// Errors: files that cannot be written.
pub fn take_ground(
    session: &Session,
    reopened: Option<(Lock, History)>,
    (standing, adapter): (&Standing, &AdapterSummary),
    observer: &mut dyn Observer,
) -> Result<Ground, RunError> {
    let (config, generation) = (&session.config, standing.generation);
    let (dir, lock, history) = match reopened {
        Some((lock, history)) => (session.dir.clone(), lock, Some(history)),
        None => {
            let (dir, lock) = session.dir.create(config)?;
            (dir, lock, None)
        }
    };
    observer.directory(&dir);
    let newest = history.as_ref().and_then(|history| history.newest);
    let keeper = Keeper::new(newest, |kept| history.as_ref().is_some_and(|history| is_due(&history.config, kept)));
    if let Some(history) = &history {
        history.remarks(&dir, standing).iter().for_each(|remark| observer.say(remark));
        write_config(&dir, config)?;
    }
    let (kept, totals) = metrics::truncate_to(&dir.metrics(), generation)?;
    tracing::info!("{kept} generations in {}", dir.metrics().display());
    let events = config.tensorboard.then(|| EventWriter::renew(&dir)).transpose()?;
    let metrics = MetricsWriter::append_to(&dir.metrics())?.with_events(events);
    let mut notes = Notes::open(&dir, generation)?;
    for (subject, text) in record_session(&dir, adapter, generation)? {
        note((&mut notes, observer), subject, Some(generation), text)?;
    }
    Ok(Ground { dir, metrics, notes, totals, keeper, newest, _lock: lock })
}

impl Ground {
    /// Returns the work that is at risk when the run continues after `generation` generations.
    pub fn at_risk(&self, generation: u32) -> AtRisk {
        AtRisk::Run { dir: self.dir.path().into(), kept: self.newest, done: generation }
    }
}
