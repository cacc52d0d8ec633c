//! A round that the leader has open.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{ledger::Ledger, slices::missing};
use crate::{
    hub::{Answer, Round, Sizes, Slice},
    run::evolution::engine::Job,
};

/// A round in progress.
pub(super) struct Open<'a> {
    /// Its name and what others have to know.
    pub round: Round,
    /// Distribution as it travels.
    pub payload: Vec<u8>,
    /// All of its slices.
    pub slices: Vec<Slice>,
    /// Sizes of answers.
    pub sizes: Sizes,
    /// Job of its episodes.
    pub job: &'a Job,
    /// Answers that wait for the audit, by their first episode.
    pub held: BTreeMap<u32, (String, Answer)>,
    /// Time of the last answer.
    pub quiet_since: Instant,
    /// Time without an answer after which slices are handed out again.
    pub patience: Duration,
}

impl Open<'_> {
    /// Returns true if an episode of `slice` is over, or its answer waits for the audit.
    pub fn has(&self, slice: Slice, ledger: &dyn Ledger) -> bool {
        self.held.contains_key(&slice.first) || ledger.has_any(slice)
    }

    /// Returns the number of episodes that are over.
    pub fn done(&self, ledger: &dyn Ledger) -> usize {
        ledger.lived() + self.held.values().map(|(_, answer)| answer.episodes.len()).sum::<usize>()
    }

    /// Returns slices that nobody has begun and runs of episodes in others.
    pub fn missing(&self, ledger: &dyn Ledger) -> (Vec<Slice>, Vec<Slice>) {
        let (mut whole, rests) = missing(&self.slices, ledger);
        whole.retain(|slice| !self.held.contains_key(&slice.first));
        (whole, rests)
    }
}
