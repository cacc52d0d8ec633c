//! Open generation: its finished episodes and their results. Where members have m episodes, episode k of member i
//! is life m i + k.

use crate::{
    kernel::records::{EpisodeRecord, status},
    run::{
        RunError,
        evolution::{engine::Queue, room::make_room, terms::Terms},
    },
};

/// Results of one generation's episodes; the next generation reuses the memory.
#[derive(Debug, Default)]
pub struct GenerationProgress {
    /// Number of the generation, if one is open.
    pub generation: Option<u32>,
    /// Steps after which its episodes are truncated.
    pub episode_cap: usize,
    /// One record per episode, grouped by member; empty for unfinished episodes.
    pub episodes: Vec<EpisodeRecord>,
    /// Normaliser sums, `[n_moment_lives][2][d_obs]`; zero for unfinished episodes.
    pub moments: Vec<f32>,
    /// Reward terms of finished episodes.
    pub terms: Terms,
    d_obs: usize,
    n_moment_lives: usize,
    lived: usize,
}

impl GenerationProgress {
    /// Opens `generation` with `lives` episodes, all unfinished.
    ///
    /// Errors: [`RunError::Refused`] if there is not enough memory.
    pub fn begin(
        &mut self,
        generation: u32,
        (lives, episode_cap): (usize, usize),
        (n_moment_lives, d_obs, n_terms): (usize, usize, usize),
    ) -> Result<(), RunError> {
        self.episodes.clear();
        make_room(&mut self.episodes, lives, "episodes")?;
        (self.generation, self.episode_cap) = (Some(generation), episode_cap);
        (self.n_moment_lives, self.d_obs, self.lived) = (n_moment_lives, d_obs, 0);
        self.episodes.resize(lives, EpisodeRecord::default());
        self.moments.clear();
        self.moments.resize(n_moment_lives * 2 * d_obs, 0.0);
        self.terms.begin(n_moment_lives, n_terms);
        Ok(())
    }

    /// Returns true if `record` is that of a finished episode.
    pub fn has_lived(record: &EpisodeRecord) -> bool {
        record.status & status::DONE != 0
    }

    /// Adds finished episodes with their terms `[ended][n_terms]`.
    pub fn take(&mut self, ended: &[EpisodeRecord], terms: &[f32]) {
        self.terms.take(ended, terms);
        for record in ended {
            // the place of its parameters is of no use any more
            self.episodes[record.life as usize] = EpisodeRecord { to_theta: 0, inherits: 0, ..*record };
        }
        self.lived += ended.len();
    }

    /// Adds finished episodes from elsewhere, in ascending order of life: their records, the normaliser sums and the
    /// terms of those that have some, and the sums of the terms of the others.
    pub fn merge(&mut self, ended: &[EpisodeRecord], sums: &[f32], rows: &[f32], others: &[i128]) {
        let width = 2 * self.d_obs;
        for (record, own) in ended.iter().zip(sums.chunks_exact(width)) {
            self.moments[record.life as usize * width..][..width].copy_from_slice(own);
        }
        self.terms.merge(ended, rows, others);
        for record in ended {
            self.episodes[record.life as usize] = *record;
        }
        self.lived += ended.len();
    }

    /// Returns the number of finished episodes.
    pub fn lived(&self) -> usize {
        self.lived
    }

    /// Returns true if all episodes are finished.
    pub fn is_whole(&self) -> bool {
        self.lived == self.episodes.len()
    }

    /// Returns the records of finished episodes, in ascending order of life.
    pub fn records(&self) -> impl Iterator<Item = &EpisodeRecord> {
        self.episodes.iter().filter(|record| Self::has_lived(record))
    }

    /// Returns the unfinished episodes.
    pub fn queue(&self) -> Queue {
        let rest = self.episodes.iter().rposition(Self::has_lived).map_or(0, |last| last + 1);
        let waits = |life: &u32| !Self::has_lived(&self.episodes[*life as usize]);
        Queue { first: (0..rest as u32).filter(waits).collect(), rest: rest as u32..self.episodes.len() as u32 }
    }

    /// Returns the sums `[2 d_obs]` of those finished episodes that feed the normaliser, in ascending order of
    /// life.
    pub fn sums(&self) -> impl Iterator<Item = &[f32]> {
        let lives = self.moments.chunks_exact(2 * self.d_obs).zip(&self.episodes);
        lives.filter(|(_, record)| Self::has_lived(record)).map(|(sums, _)| sums)
    }

    /// Replaces [`Self::sums`].
    pub fn set_sums(&mut self, sums: &[f32]) {
        let lives = self.moments.chunks_exact_mut(2 * self.d_obs).zip(&self.episodes);
        let own = lives.filter(|(_, record)| Self::has_lived(record)).map(|(own, _)| own);
        own.zip(sums.chunks_exact(2 * self.d_obs)).for_each(|(own, sums)| own.copy_from_slice(sums));
    }

    /// Copies the sums of finished episodes from the device's sums of all, and ignores those of unfinished ones.
    pub fn take_moments(&mut self, moments: &[f32]) {
        let width = 2 * self.d_obs;
        let lives = self.moments.chunks_exact_mut(width).zip(moments.chunks_exact(width)).zip(&self.episodes);
        for ((own, sums), record) in lives {
            if Self::has_lived(record) {
                own.copy_from_slice(sums);
            }
        }
    }

    /// Discards the episodes that feed the normaliser, because their sums were lost with the device.
    pub fn forget_moments(&mut self) {
        let feeding = self.n_moment_lives.min(self.episodes.len());
        self.lived -= self.episodes[..feeding].iter().filter(|record| Self::has_lived(record)).count();
        self.episodes[..feeding].fill(EpisodeRecord::default());
        self.moments.fill(0.0);
        self.terms.forget_first();
    }

    /// Returns true if episode `life` is finished.
    pub fn is_over(&self, life: usize) -> bool {
        self.episodes.get(life).is_some_and(Self::has_lived)
    }

    /// Closes the generation.
    pub fn close(&mut self) {
        self.generation = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(lives: &[u32]) -> Vec<EpisodeRecord> {
        let record = |life: &u32| EpisodeRecord { life: *life, status: status::DONE, ..Default::default() };
        lives.iter().map(record).collect()
    }

    fn begun() -> GenerationProgress {
        let mut open = GenerationProgress::default();
        open.begin(7, (10, 99), (3, 1, 0)).expect("room");
        open
    }

    #[test]
    fn those_wait_who_have_not_lived() {
        let mut open = begun();
        assert_eq!(open.queue(), Queue { first: vec![], rest: 0..10 }, "nobody has");
        open.take(&ended(&[5, 1]), &[]);
        open.take(&ended(&[3, 0]), &[]);
        assert_eq!(open.queue(), Queue { first: vec![2, 4], rest: 6..10 }, "four have");
        assert_eq!(open.records().map(|record| record.life).collect::<Vec<_>>(), [0, 1, 3, 5], "in order");
        assert!(!open.is_whole(), "four of ten");
        open.take(&ended(&[2, 4, 6, 7, 8, 9]), &[]);
        assert!(open.is_whole(), "all have");
        assert_eq!(open.queue(), Queue { first: vec![], rest: 10..10 }, "nobody is left");
    }

    #[test]
    fn sums_are_those_of_members_that_lived() {
        let mut open = begun();
        open.take(&ended(&[2, 0, 4]), &[]);
        open.take_moments(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(open.moments, [1.0, 2.0, 0.0, 0.0, 5.0, 6.0], "member 1 is still alive");
        let sums: Vec<f32> = open.sums().flatten().copied().collect();
        let mut other = begun();
        other.take(&ended(&[0, 2, 4]), &[]);
        other.set_sums(&sums);
        assert_eq!(other.moments, open.moments, "there and back");
        other.forget_moments();
        assert_eq!(other.lived(), 1, "only member 4 is left");
        assert_eq!(other.queue().first, [0, 1, 2, 3], "the others live again");
    }
}
