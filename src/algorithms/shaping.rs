//! Fitness shaping: turns returns into centred ranks, in integers.

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
