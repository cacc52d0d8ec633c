//! Reward terms of a generation.

use crate::{kernel::records::EpisodeRecord, run::evolution::fitness::is_non_finite};

/// Number of units in 1. Sums are integers, so that the order in which episodes end does not matter.
const UNITS: f64 = (1u64 << 32) as f64;

/// Reward terms of a generation's finished episodes. The first episodes have a row each, because they feed the
/// normaliser and may have to run again; the others have a common sum.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// Number of terms.
    count: usize,
    /// Terms of the first lives, `[n_moment_lives][count]`.
    pub first: Vec<f32>,
    /// Sums over the others that stayed finite, `[count]`, in units of 2^-32.
    pub others: Vec<i128>,
}

impl Terms {
    /// Begins a generation whose first `first` lives have rows.
    pub fn begin(&mut self, first: usize, count: usize) {
        self.count = count;
        self.first.clear();
        self.first.resize(first * count, 0.0);
        self.others.clear();
        self.others.resize(count, 0);
    }

    /// Adds finished episodes with their terms `[episodes][count]`.
    pub fn take(&mut self, ended: &[EpisodeRecord], terms: &[f32]) {
        for (episode, terms) in ended.iter().zip(terms.chunks(self.count.max(1))) {
            let life = episode.life as usize;
            if let Some(row) = self.first.get_mut(life * self.count..(life + 1) * self.count) {
                row.copy_from_slice(terms);
            } else if !is_non_finite(std::slice::from_ref(episode)) {
                self.others.iter_mut().zip(terms).for_each(|(sum, term)| *sum = sum.saturating_add(units(*term)));
            }
        }
    }

    /// Adds finished episodes from elsewhere: `rows` are the terms of those that have rows, in their order, `others` the
    /// sums over the others.
    pub fn merge(&mut self, ended: &[EpisodeRecord], rows: &[f32], others: &[i128]) {
        for (episode, row) in ended.iter().zip(rows.chunks(self.count.max(1))) {
            let life = episode.life as usize;
            self.first[life * self.count..][..self.count].copy_from_slice(row);
        }
        self.others.iter_mut().zip(others).for_each(|(sum, other)| *sum = sum.saturating_add(*other));
    }

    /// Clears the rows.
    pub fn forget_first(&mut self) {
        self.first.fill(0.0);
    }

    /// Returns the rows of the lives for which `has_lived` is true, in ascending order.
    pub fn rows<'a>(&'a self, has_lived: impl Fn(usize) -> bool + 'a) -> impl Iterator<Item = &'a [f32]> {
        let rows = self.first.chunks(self.count.max(1)).enumerate();
        rows.filter(move |(life, _)| has_lived(*life)).map(|(_, row)| row)
    }

    /// Returns the mean of each term over the finite ones of `episodes`, all of which have ended; `None` if none is
    /// finite.
    pub fn means(&self, episodes: &[EpisodeRecord]) -> Option<Vec<f64>> {
        let is_finite = |episode: &EpisodeRecord| !is_non_finite(std::slice::from_ref(episode));
        let finite = episodes.iter().filter(|episode| is_finite(episode)).count();
        let mut sums = self.others.clone();
        for row in self.rows(|life| episodes.get(life).is_some_and(is_finite)) {
            sums.iter_mut().zip(row).for_each(|(sum, term)| *sum = sum.saturating_add(units(*term)));
        }
        (finite > 0).then(|| sums.iter().map(|sum| *sum as f64 / UNITS / finite as f64).collect())
    }
}

/// Returns a term in units of 2^-32.
pub fn units(term: f32) -> i128 {
    (f64::from(term) * UNITS).round() as i128
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::records::status;

    #[test]
    fn any_order_gives_the_same_means() {
        let episode = |life, status| EpisodeRecord { life, status, return_sum: 1.0, ..Default::default() };
        let broken = status::DONE | status::NON_FINITE;
        let done = [(0, status::DONE), (1, broken), (2, broken), (3, status::DONE), (4, status::DONE)];
        let episodes = done.map(|(life, status)| episode(life, status));
        let terms = [[0.25_f32, 1.0], [f32::NAN, 1.0], [f32::NAN, 1.0], [1e-7, 3e6], [0.5, -3e6]];
        let taken = |order: [usize; 5]| {
            let mut taken = Terms::default();
            taken.begin(2, 2);
            order.iter().for_each(|&k| taken.take(&episodes[k..=k], &terms[k]));
            taken
        };
        let (one, other) = (taken([0, 1, 2, 3, 4]), taken([4, 1, 3, 0, 2]));
        assert_eq!(one.others, other.others, "the same");
        let means = one.means(&episodes).expect("three stayed finite");
        assert_eq!(other.means(&episodes), Some(means.clone()), "the same");
        assert!((means[0] - 0.750_000_1 / 3.0).abs() < 1e-9, "of those that stayed finite: {means:?}");
        assert!((means[1] - 1.0 / 3.0).abs() < 1e-9, "{means:?}");
        assert_eq!(one.means(&episodes[1..3]), None, "nobody stayed finite");
    }
}
