//! Where answers go: the open generation, or an evaluation.

use crate::{
    hub::{Answer, Sizes, Slice},
    kernel::records::EpisodeRecord,
    run::evolution::{evaluate::Evaluated, progress::GenerationProgress},
};

/// Episodes of a round, and which of them are over.
pub trait Ledger {
    /// Returns the records of all episodes, empty for unfinished ones.
    fn records(&self) -> &[EpisodeRecord];

    /// Adds the answer about a slice none of whose episodes is over.
    fn take(&mut self, answer: &Answer);

    /// Returns the number of finished episodes.
    fn lived(&self) -> usize {
        self.records().iter().filter(|record| GenerationProgress::has_lived(record)).count()
    }

    /// Returns true if episode `life` is over.
    fn is_over(&self, life: u32) -> bool {
        self.records().get(life as usize).is_some_and(GenerationProgress::has_lived)
    }

    /// Returns true if an episode of `slice` is over.
    fn has_any(&self, slice: Slice) -> bool {
        slice.lives().any(|life| self.is_over(life))
    }
}

impl Ledger for GenerationProgress {
    fn records(&self) -> &[EpisodeRecord] {
        &self.episodes
    }

    fn lived(&self) -> usize {
        GenerationProgress::lived(self)
    }

    fn take(&mut self, answer: &Answer) {
        self.merge(&answer.episodes, &answer.sums, &answer.rows, &answer.others);
    }
}

impl Ledger for Evaluated {
    fn records(&self) -> &[EpisodeRecord] {
        &self.records
    }

    fn take(&mut self, answer: &Answer) {
        self.merge(&answer.episodes, &answer.rows);
    }
}

/// Returns the sizes of answers about `lives` episodes, whose plan has `open_sizes`.
pub fn sizes(lives: usize, (summed, d_obs, terms): (usize, usize, usize), evaluation: bool) -> Sizes {
    // an evaluation adds up its terms in the order of the episodes, and feeds no normaliser
    let (summed, in_rows) = if evaluation { (0, lives) } else { (summed, summed) };
    Sizes { summed, width: 2 * d_obs, in_rows, terms }
}
