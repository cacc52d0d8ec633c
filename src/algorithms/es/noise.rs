//! The host's side of the perturbations: what the kernels regenerate, in f64.

use crate::plan::random::{Key, normal4, philox4x32};

/// The perturbation `eps` of `pair` in `generation`: `count` standard normal numbers.
///
/// Number `i` is the `i % 4`-th of the draw with the counter `(i / 4, pair, generation, 0)`.
pub fn perturbation(count: usize, pair: u32, generation: u32, key: Key) -> Vec<f64> {
    let draw = |quad| normal4(philox4x32([quad, pair, generation, 0], key));
    (0..count.div_ceil(4) as u32).flat_map(draw).take(count).collect()
}

/// The sums `sum_p (u_2p - u_2p+1) eps_p` by the host: the oracle of the gradient kernel, and slow.
pub fn gradient(count: usize, generation: u32, utilities: &[i32], key: Key) -> Vec<f64> {
    let mut sums = vec![0.0; count];
    for (pair, utilities) in utilities.chunks_exact(2).enumerate() {
        let difference = f64::from(utilities[0]) - f64::from(utilities[1]);
        for (sum, eps) in sums.iter_mut().zip(perturbation(count, pair as u32, generation, key)) {
            *sum += difference * eps;
        }
    }
    sums
}
