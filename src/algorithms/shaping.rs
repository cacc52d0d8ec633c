//! Fitness shaping: from returns to centred ranks, in integers.

use std::collections::TryReserveError;

/// Integer utilities `u_k = 2 rank_k - (N - 1)`, with rank 0 the worst; they sum to 0.
///
/// The centred rank is `u_k / (2 (N - 1))`, in -1/2..1/2. Ties are broken by member index.
/// A fitness that is not finite ranks below all others.
#[derive(Debug, Default)]
pub struct CentredRanks {
    order: Vec<u64>,
    utilities: Vec<i32>,
}

impl CentredRanks {
    /// Makes room for `members`, so that ranking them takes no more memory.
    ///
    /// Errors: the system gives none.
    pub fn try_reserve(&mut self, members: usize) -> Result<(), TryReserveError> {
        self.order.try_reserve_exact(members)?;
        self.utilities.try_reserve_exact(members)
    }

    /// Ranks `fitness`, of at most 2^31 members; the memory of the ranking before is used again.
    pub fn rank(&mut self, fitness: impl ExactSizeIterator<Item = f32>) -> &[i32] {
        self.order.clear();
        self.order.extend(fitness.zip(0u64..).map(|(fitness, member)| (u64::from(key(fitness)) << 32) | member));
        self.order.sort_unstable();
        let top = self.order.len() as i64 - 1;
        self.utilities.resize(self.order.len(), 0);
        for (rank, entry) in self.order.iter().enumerate() {
            self.utilities[*entry as u32 as usize] = (2 * rank as i64 - top) as i32;
        }
        &self.utilities
    }
}

/// An integer that sorts as the fitness does: above 0 if it is finite, else 0.
fn key(fitness: f32) -> u32 {
    let bits = fitness.to_bits();
    match (fitness.is_finite(), fitness.is_sign_negative()) {
        (false, _) => 0,
        (true, true) => !bits,
        (true, false) => bits | 1 << 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centred_rank_utilities(fitness: &[f32]) -> Vec<i32> {
        CentredRanks::default().rank(fitness.iter().copied()).to_vec()
    }

    #[test]
    fn ranks_are_centred_and_ties_go_by_index() {
        assert_eq!(centred_rank_utilities(&[3.0, 1.0, 2.0, 1.0]), [3, -3, 1, -1], "ranks 3 0 2 1");
        assert_eq!(centred_rank_utilities(&[-0.0, 0.0]), [-1, 1], "equal zeros keep their order");
    }

    #[test]
    fn what_is_not_a_number_is_worst() {
        assert_eq!(
            centred_rank_utilities(&[f32::NAN, -1e30, f32::INFINITY]),
            [-2, 2, 0],
            "only the finite one ranks high"
        );
    }
}
