//! Perturbations on the host: the numbers that the kernels regenerate, in f64.

use crate::kernel::{
    genome::Factors,
    random::{Key, normals},
};

/// Returns the perturbation `eps` of `pair` in `generation`: `count` standard normal numbers.
///
/// Number `i` is drawn with the counter `(i / 4, pair, generation, 0)`.
pub fn perturbation(count: usize, pair: u32, generation: u32, key: Key) -> Vec<f64> {
    normals([pair, generation, 0], key).take(count).collect()
}

/// Returns the sums `sum_p (u_2p - u_2p+1) eps_p`, computed slowly on the host: the oracle of the gradient kernels.
/// `eps` gives the perturbation `[count]` of a pair.
pub fn gradient(count: usize, utilities: &[i32], eps: impl Fn(u32) -> Vec<f64>) -> Vec<f64> {
    let mut sums = vec![0.0; count];
    for (pair, utilities) in utilities.chunks_exact(2).enumerate() {
        let difference = f64::from(utilities[0]) - f64::from(utilities[1]);
        for (sum, eps) in sums.iter_mut().zip(eps(pair as u32)) {
            *sum += difference * eps;
        }
    }
    sums
}

/// Returns the low-rank perturbation `eps` of `pair` in `generation`, `[n_params]`, from the factors that
/// [`perturbation`] draws.
pub fn low_rank_perturbation(factors: &Factors, n_params: usize, (pair, generation): (u32, u32), key: Key) -> Vec<f64> {
    let words = perturbation(factors.words(), pair, generation, key);
    let scale = 1.0 / (factors.rank as f64).sqrt();
    let value = |index: usize| {
        let (row, column) = (index / factors.row, index % factors.row);
        if row >= factors.rows {
            return words[factors.tail_at() + index - factors.rows * factors.row];
        }
        let (part, is_vector) = factors.part(row);
        let right = |k: usize| words[factors.right() + (part * factors.rank + k) * factors.row + column];
        let left = |k: usize| words[row * factors.rank + k];
        if is_vector { right(0) } else { scale * (0..factors.rank).map(|k| left(k) * right(k)).sum::<f64>() }
    };
    (0..n_params).map(value).collect()
}
