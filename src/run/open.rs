//! The generation under way: which members have lived, and what they left.

use super::{RunError, engine::Queue, room::make_room};
use crate::plan::records::{EpisodeRecord, status};

/// What is known of one generation's members; the next generation uses its memory again.
#[derive(Debug, Default)]
pub struct OpenGeneration {
    /// Which generation it is, if there is one.
    pub generation: Option<u32>,
    /// Steps after which its episodes are truncated.
    pub episode_cap: usize,
    /// A record for every member, `[population]`; empty for those that have not lived.
    pub episodes: Vec<EpisodeRecord>,
    /// Sums for the normaliser, `[n_moment_members][2][d_obs]`; zero for those that have not lived.
    pub moments: Vec<f32>,
    d_obs: usize,
    n_moment_members: usize,
    lived: usize,
}

impl OpenGeneration {
    /// Begins `generation`: nobody has lived.
    ///
    /// Errors: [`RunError::Refused`] if there is no memory for so many members.
    pub fn begin(
        &mut self,
        generation: u32,
        (population, episode_cap): (usize, usize),
        (n_moment_members, d_obs): (usize, usize),
    ) -> Result<(), RunError> {
        self.episodes.clear();
        make_room(&mut self.episodes, population, "members")?;
        (self.generation, self.episode_cap) = (Some(generation), episode_cap);
        (self.n_moment_members, self.d_obs, self.lived) = (n_moment_members, d_obs, 0);
        self.episodes.resize(population, EpisodeRecord::default());
        self.moments.clear();
        self.moments.resize(n_moment_members * 2 * d_obs, 0.0);
        Ok(())
    }

    /// Whether `record` is that of an episode that is over.
    pub fn has_lived(record: &EpisodeRecord) -> bool {
        record.status & status::DONE != 0
    }

    /// Takes in episodes that are over.
    pub fn take(&mut self, ended: &[EpisodeRecord]) {
        for record in ended {
            self.episodes[record.member as usize] = *record;
        }
        self.lived += ended.len();
    }

    /// Members that have lived.
    pub fn lived(&self) -> usize {
        self.lived
    }

    /// Whether all have.
    pub fn is_whole(&self) -> bool {
        self.lived == self.episodes.len()
    }

    /// Records of the members that have lived, members rising.
    pub fn records(&self) -> impl Iterator<Item = &EpisodeRecord> {
        self.episodes.iter().filter(|record| Self::has_lived(record))
    }

    /// The members that have not.
    pub fn queue(&self) -> Queue {
        let rest = self.episodes.iter().rposition(Self::has_lived).map_or(0, |last| last + 1);
        let waits = |member: &u32| !Self::has_lived(&self.episodes[*member as usize]);
        Queue { first: (0..rest as u32).filter(waits).collect(), rest: rest as u32..self.episodes.len() as u32 }
    }

    /// Sums `[2 d_obs]` of the members that have lived and feed the normaliser, members rising.
    pub fn sums(&self) -> impl Iterator<Item = &[f32]> {
        let members = self.moments.chunks_exact(2 * self.d_obs).zip(&self.episodes);
        members.filter(|(_, record)| Self::has_lived(record)).map(|(sums, _)| sums)
    }

    /// Replaces [`Self::sums`].
    pub fn set_sums(&mut self, sums: &[f32]) {
        let members = self.moments.chunks_exact_mut(2 * self.d_obs).zip(&self.episodes);
        let own = members.filter(|(_, record)| Self::has_lived(record)).map(|(own, _)| own);
        own.zip(sums.chunks_exact(2 * self.d_obs)).for_each(|(own, sums)| own.copy_from_slice(sums));
    }

    /// Takes the sums of all members from the device; those of members still alive are not worth keeping.
    pub fn take_moments(&mut self, moments: &[f32]) {
        let width = 2 * self.d_obs;
        let members = self.moments.chunks_exact_mut(width).zip(moments.chunks_exact(width)).zip(&self.episodes);
        for ((own, sums), record) in members {
            if Self::has_lived(record) {
                own.copy_from_slice(sums);
            }
        }
    }

    /// Forgets those that feed the normaliser: their sums were lost with the device.
    pub fn forget_moments(&mut self) {
        let feeding = self.n_moment_members.min(self.episodes.len());
        self.lived -= self.episodes[..feeding].iter().filter(|record| Self::has_lived(record)).count();
        self.episodes[..feeding].fill(EpisodeRecord::default());
        self.moments.fill(0.0);
    }

    /// Forgets who has lived.
    pub fn close(&mut self) {
        self.generation = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(members: &[u32]) -> Vec<EpisodeRecord> {
        let record = |member: &u32| EpisodeRecord { member: *member, status: status::DONE, ..Default::default() };
        members.iter().map(record).collect()
    }

    fn begun() -> OpenGeneration {
        let mut open = OpenGeneration::default();
        open.begin(7, (10, 99), (3, 1)).expect("room");
        open
    }

    #[test]
    fn those_wait_who_have_not_lived() {
        let mut open = begun();
        assert_eq!(open.queue(), Queue { first: vec![], rest: 0..10 }, "nobody has");
        open.take(&ended(&[5, 1]));
        open.take(&ended(&[3, 0]));
        assert_eq!(open.queue(), Queue { first: vec![2, 4], rest: 6..10 }, "four have");
        assert_eq!(open.records().map(|record| record.member).collect::<Vec<_>>(), [0, 1, 3, 5], "in order");
        assert!(!open.is_whole(), "four of ten");
        open.take(&ended(&[2, 4, 6, 7, 8, 9]));
        assert!(open.is_whole(), "all have");
        assert_eq!(open.queue(), Queue { first: vec![], rest: 10..10 }, "nobody is left");
    }

    #[test]
    fn sums_are_those_of_members_that_lived() {
        let mut open = begun();
        open.take(&ended(&[2, 0, 4]));
        open.take_moments(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(open.moments, [1.0, 2.0, 0.0, 0.0, 5.0, 6.0], "member 1 is still alive");
        let sums: Vec<f32> = open.sums().flatten().copied().collect();
        let mut other = begun();
        other.take(&ended(&[0, 2, 4]));
        other.set_sums(&sums);
        assert_eq!(other.moments, open.moments, "there and back");
        other.forget_moments();
        assert_eq!(other.lived(), 1, "only member 4 is left");
        assert_eq!(other.queue().first, [0, 1, 2, 3], "the others live again");
    }
}
