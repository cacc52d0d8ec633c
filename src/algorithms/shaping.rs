//! Fitness shaping: from returns to centred ranks, in integers.

/// Integer utilities `u_k = 2 rank_k - (N - 1)`, with rank 0 the worst; they sum to 0.
///
/// The centred rank is `u_k / (2 (N - 1))`, in -1/2..1/2. Ties are broken by member index.
/// A fitness that is not finite ranks below all others.
pub fn centred_rank_utilities(fitness: &[f32]) -> Vec<i32> {
    let mut order: Vec<usize> = (0..fitness.len()).collect();
    order.sort_by(|&a, &b| {
        let (x, y) = (fitness[a], fitness[b]);
        x.is_finite()
            .cmp(&y.is_finite())
            .then(if x.is_finite() && y.is_finite() { x.total_cmp(&y) } else { std::cmp::Ordering::Equal })
            .then(a.cmp(&b))
    });
    let top = fitness.len() as i64 - 1;
    let mut utilities = vec![0; fitness.len()];
    for (rank, member) in order.into_iter().enumerate() {
        utilities[member] = (2 * rank as i64 - top) as i32;
    }
    utilities
}

#[cfg(test)]
mod tests {
    use super::*;

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
