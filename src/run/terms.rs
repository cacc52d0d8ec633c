//! What the terms of the reward came to over the members of a generation.

use crate::plan::records::EpisodeRecord;

use super::generation::is_non_finite;

/// Units of the sums in 1: they are whole numbers, so that the order of the members does not matter.
const UNITS: f64 = (1u64 << 32) as f64;

/// Sums of the terms over the episodes that stayed finite, exact to 2^-33 an episode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermSums {
    /// By term, in units of 2^-32.
    pub sums: Vec<i128>,
    /// Episodes in them.
    pub episodes: u64,
}

impl TermSums {
    /// Sums of `count` terms over no episode.
    pub fn new(count: usize) -> Self {
        Self { sums: vec![0; count], episodes: 0 }
    }

    /// Adds episodes that ended, with their terms `[episodes][terms]`.
    pub fn add(&mut self, ended: &[EpisodeRecord], terms: &[f32]) {
        for (episode, terms) in ended.iter().zip(terms.chunks(self.sums.len().max(1))) {
            if is_non_finite(episode) {
                continue;
            }
            self.episodes += 1;
            for (sum, term) in self.sums.iter_mut().zip(terms) {
                *sum = sum.saturating_add((f64::from(*term) * UNITS).round() as i128);
            }
        }
    }

    /// Returns the means over the episodes, by term; `None` where there was none.
    pub fn means(&self) -> Option<Vec<f64>> {
        let mean = |sum: &i128| *sum as f64 / UNITS / self.episodes as f64;
        (self.episodes > 0).then(|| self.sums.iter().map(mean).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::records::status;

    #[test]
    fn any_order_gives_the_same_sums() {
        let episode = |status| EpisodeRecord { status, return_sum: 1.0, ..Default::default() };
        let records = [episode(status::DONE), episode(status::DONE | status::NON_FINITE), episode(status::DONE)];
        let terms = [[1e-7_f32, 3e6], [f32::NAN, 1.0], [0.25, -3e6]];
        let sums = |order: [usize; 3]| {
            let mut sums = TermSums::new(2);
            order.iter().for_each(|&k| sums.add(&records[k..=k], &terms[k]));
            sums
        };
        assert_eq!(sums([0, 1, 2]), sums([2, 1, 0]), "the same");
        let means = sums([0, 1, 2]).means().expect("two episodes");
        assert!((means[0] - 0.125_000_05).abs() < 1e-9 && means[1] == 0.0, "of the two that stayed finite: {means:?}");
        assert_eq!(TermSums::new(2).means(), None, "nobody lived");
    }
}
