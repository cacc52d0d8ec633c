//! The host's twin of the sampling kernel: the same connections, bit for bit.

use crate::plan::random::{Key, philox4x32};

/// The packed connections `[n_words]` of `member` in `generation`.
///
/// - `thresholds`: `[32 n_words]`, `round(65536 rho)`
/// - bit `b` of word `w` is connection `32 w + b`
pub fn sample(thresholds: &[u32], generation: u32, member: u32, key: Key) -> Vec<u32> {
    let mut words = vec![0; thresholds.len() / 32];
    for (block, thresholds) in thresholds.chunks_exact(8).enumerate() {
        let bits = philox4x32([block as u32, member, generation, 0], key);
        for (index, threshold) in thresholds.iter().enumerate() {
            let half = if index < 4 { bits[index] & 0xffff } else { bits[index - 4] >> 16 };
            if half < *threshold {
                words[block / 4] |= 1 << (8 * (block % 4) + index);
            }
        }
    }
    words
}

/// The integer gradient `sum_k u_k theta_k` by the host: the oracle of the gradient kernel, and slow.
pub fn gradient(thresholds: &[u32], generation: u32, utilities: &[i32], key: Key) -> Vec<i64> {
    let mut sums = vec![0i64; thresholds.len()];
    for (member, utility) in utilities.iter().enumerate() {
        for (word, bits) in sample(thresholds, generation, member as u32, key).into_iter().enumerate() {
            for bit in (0..32).filter(|bit| bits >> bit & 1 == 1) {
                sums[32 * word + bit] += i64::from(*utility);
            }
        }
    }
    sums
}
