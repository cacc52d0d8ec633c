//! Fitness shaping: turns returns into integers by their ranks, centred or raised to a power.

use std::collections::TryReserveError;

/// Integer utilities `u_k = 2 rank_k - (N - 1)`, where rank 0 is the worst; they sum to 0.
///
/// The centred rank is `u_k / (2 (N - 1))`, in -1/2..1/2. Members of equal fitness share the mean of their ranks: a
/// group with the ranks a to b gets `a + b - (N - 1)`. The order of members thus does not matter, and a generation of
/// equal returns gets zeros. A non-finite fitness ranks below all others, and non-finite ones are equal.
///
/// Sharing only reduces differences: no utility exceeds `N - 1` in magnitude, and no sum over some of the members
/// exceeds `N^2 / 4`.
#[derive(Debug, Default)]
pub struct CentredRanks {
    order: Vec<u64>,
    utilities: Vec<i32>,
}

impl CentredRanks {
    /// Reserves memory for `members`, so that ranking them allocates nothing.
    ///
    /// Errors: the system has no memory left.
    pub fn try_reserve(&mut self, members: usize) -> Result<(), TryReserveError> {
        self.order.try_reserve_exact(members)?;
        self.utilities.try_reserve_exact(members)
    }

    /// Ranks `fitness` of at most 2^31 members, reusing the memory of earlier rankings.
    pub fn rank(&mut self, fitness: impl ExactSizeIterator<Item = f32>) -> &[i32] {
        self.order.clear();
        self.order.extend(fitness.zip(0u64..).map(|(fitness, member)| (u64::from(key(fitness)) << 32) | member));
        self.order.sort_unstable();
        let top = self.order.len() as i64 - 1;
        self.utilities.resize(self.order.len(), 0);
        let mut first = 0;
        for equals in self.order.chunk_by(|one, next| one >> 32 == next >> 32) {
            let last = first + equals.len() as i64 - 1;
            let utility = (first + last - top) as i32;
            equals.iter().for_each(|entry| self.utilities[*entry as u32 as usize] = utility);
            first = last + 1;
        }
        &self.utilities
    }

    /// Ranks `fitness` by `shaping`.
    pub fn shape(&mut self, fitness: impl ExactSizeIterator<Item = f32>, shaping: Shaping) -> &[i32] {
        self.rank(fitness);
        if let Shaping::Power(exponent) = shaping {
            raise(&mut self.utilities, exponent);
        }
        &self.utilities
    }
}

/// Utilities that ranks give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shaping {
    /// Centred ranks, which sum to 0.
    Centred,
    /// Powers of linear ranks with this exponent, in units of [`POWER_UNIT`]: `N w_k` with `w_k = u_k^p / sum u^p`,
    /// where the best member has u = 1 and the worst 0 (Bertens and Lee, 2020).
    Power(u32),
}

/// The utility of a member whose weight is the mean of all, `1 / N`. No weight exceeds `2^p / N` times this much: that
/// of the only best one, if all others are equal.
pub const POWER_UNIT: f64 = 33_554_432.0;

/// Replaces centred ranks by powers of linear ranks. Ranks and their powers are the same on every machine: products and
/// one quotient of f64.
fn raise(utilities: &mut [i32], exponent: u32) {
    let top = utilities.len() as f64 - 1.0;
    let power = |utility: i32| {
        let rank = (f64::from(utility) + top) / (2.0 * top);
        (0..exponent).fold(1.0, |power, _| power * rank)
    };
    let mean = utilities.iter().map(|utility| power(*utility)).sum::<f64>() / utilities.len() as f64;
    utilities.iter_mut().for_each(|utility| *utility = (power(*utility) / mean * POWER_UNIT).round() as i32);
}

/// Returns an integer that sorts like the fitness: above 0 if it is finite, else 0. Both zeros are equal.
fn key(fitness: f32) -> u32 {
    let bits = (fitness + 0.0).to_bits();
    match (fitness.is_finite(), bits >> 31 == 1) {
        (false, _) => 0,
        (true, true) => !bits,
        (true, false) => bits | 1 << 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f32 = f32::NAN;

    fn weights(fitness: &[f32], exponent: u32) -> Vec<f64> {
        let mut ranks = CentredRanks::default();
        let utilities = ranks.shape(fitness.iter().copied(), Shaping::Power(exponent));
        utilities.iter().map(|utility| f64::from(*utility) / POWER_UNIT / fitness.len() as f64).collect()
    }

    fn close(weights: &[f64], expected: &[f64]) -> bool {
        weights.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7)
    }

    /// Checks ranks 0, 1/2, 1 to the fifth power, whose sum is 33/32, in any order; and pairs that share a rank.
    #[test]
    fn powers_of_linear_ranks_sum_to_one() {
        let expected = [32.0 / 33.0, 0.0, 1.0 / 33.0];
        assert!(close(&weights(&[7.0, -3.0, 2.0], 5), &expected), "{:?}", weights(&[7.0, -3.0, 2.0], 5));
        assert!(!close(&weights(&[7.0, -3.0, 2.0], 4), &expected), "another exponent is told apart");
        // ranks 0, 1.5 / 3 twice, 1
        let shared = [1.0 / 34.0, 32.0 / 34.0, 1.0 / 34.0, 0.0];
        assert!(close(&weights(&[1.0, 9.0, 1.0, NAN], 5), &shared), "equal returns share the mean of their ranks");
        assert!(close(&weights(&[4.0; 6], 5), &[1.0 / 6.0; 6]), "all equal");
        assert!(close(&weights(&[0.0, 1.0], 16), &[0.0, 1.0]), "a pair");
    }

    /// Checks the closed form of Bertens and Lee: the best fifth of many members has 1 - 0.8^6 = 74 percent of the
    /// weight, and a weight is at most about 6 / N.
    #[test]
    fn the_best_fifth_has_most_of_the_weight() {
        let fitness: Vec<f32> = (0..10_000).map(|k| (k * 7919 % 10_000) as f32).collect();
        let weights = weights(&fitness, 5);
        let best: f64 = weights.iter().zip(&fitness).filter(|(_, f)| **f >= 8000.0).map(|(w, _)| w).sum();
        assert!((best - (1.0 - 0.8f64.powi(6))).abs() < 1e-3, "{best}");
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-6, "they sum to 1");
        assert!(weights.iter().all(|w| (0.0..6.01e-4).contains(w)), "none is negative, none large");
    }

    /// Checks that no utility overflows where the only best member is above equals, which makes its weight the largest.
    #[test]
    fn the_largest_power_fits() {
        for (n, exponent) in [(2, 5), (3, 5), (4096, 5)] {
            let fitness: Vec<f32> = (0..n).map(|k| if k == 0 { 1.0 } else { 0.0 }).collect();
            let best = weights(&fitness, exponent)[0] * n as f64;
            let rank = (n as f64 - 2.0) / 2.0 / (n as f64 - 1.0);
            let expected = n as f64 / (1.0 + (n as f64 - 1.0) * rank.powi(exponent as i32));
            assert!((best / expected - 1.0).abs() < 1e-6, "{n} members: {best} instead of {expected}");
        }
    }

    fn ranked(fitness: &[f32]) -> Vec<i32> {
        CentredRanks::default().rank(fitness.iter().copied()).to_vec()
    }

    /// Computes utilities by definition: twice the number of members below, plus the number of equal others, minus
    /// `N - 1`.
    fn by_counting(fitness: &[f32]) -> Vec<i32> {
        let worth = |x: f32| if x.is_finite() { x } else { f32::NEG_INFINITY };
        let all = || fitness.iter().map(|x| worth(*x));
        let count = |of: &dyn Fn(f32) -> bool| all().filter(|x| of(*x)).count() as i32;
        all().map(|own| 2 * count(&|x| x < own) + count(&|x| x == own) - fitness.len() as i32).collect()
    }

    #[test]
    fn equal_returns_share_the_mean_of_their_ranks() {
        for (fitness, expected) in [
            (&[3.0, 1.0, 2.0, 0.0][..], &[3, -1, 1, -3][..]),
            // ranks 3, 0 and 1, 2, 0 and 1
            (&[3.0, 1.0, 2.0, 1.0], &[3, -2, 1, -2]),
            // at the upper end, at both ends, in the middle; an odd population
            (&[3.0, 1.0, 3.0, 2.0, 3.0], &[2, -4, 2, -2, 2]),
            (&[1.0, 2.0, 2.0, 1.0], &[-2, 2, 2, -2]),
            (&[1.0, 5.0, 5.0, 9.0, 5.0], &[-4, 0, 0, 4, 0]),
            // All members equal, in even and odd populations.
            (&[20.0; 4], &[0; 4]),
            (&[-0.5; 5], &[0; 5]),
            (&[-0.0, 0.0, 0.0, -0.0], &[0; 4]),
            // A tied pair of ES at a different height than the other pair.
            (&[7.0, 7.0, 2.0, 2.0], &[2, 2, -2, -2]),
        ] {
            assert_eq!(ranked(fitness), expected, "{fitness:?}");
        }
    }

    #[test]
    fn what_is_not_finite_is_worst_and_equal() {
        let inf = f32::INFINITY;
        assert_eq!(ranked(&[NAN, -1e30, inf]), [-1, 2, -1], "only the finite one ranks high");
        assert_eq!(ranked(&[NAN, 5.0, -NAN, 5.0, -inf]), [-2, 3, -2, 3, -2], "three below two that are equal");
        assert_eq!(ranked(&[f32::MIN, NAN]), [1, -1], "the lowest number is above what is none");
        assert_eq!(ranked(&[NAN, inf, -inf]), [0; 3], "nothing to tell them apart by");
    }

    /// Compares populations with few different returns to the definition, and checks the bounds that 32-bit sums rely
    /// on.
    #[test]
    fn any_ranking_is_that_of_the_definition_and_bounded() {
        let mut ranks = CentredRanks::default();
        for n in 2..60usize {
            for kinds in 1..=7u32 {
                let value = |k: usize| (k as u32).wrapping_mul(2_654_435_761).rotate_left(9) % kinds;
                let fitness: Vec<f32> =
                    (0..n).map(|k| if value(k) == 6 { NAN } else { value(k) as f32 - 2.0 }).collect();
                let utilities = ranks.rank(fitness.iter().copied());
                assert_eq!(utilities, by_counting(&fitness), "{fitness:?}");
                let above: i64 = utilities.iter().map(|u| i64::from(*u).max(0)).sum();
                assert_eq!(utilities.iter().map(|u| i64::from(*u)).sum::<i64>(), 0, "{fitness:?} sum to 0");
                assert!(above <= (n * n / 4) as i64, "{fitness:?}: sums reach {above}");
                assert!(utilities.iter().all(|u| (u.unsigned_abs() as usize) < n), "{fitness:?}");
            }
        }
    }
}
