//! Sampling on the host: thresholds in the kernel's format, and a bit-identical twin of the kernel.

use crate::kernel::random::{Key, philox4x32};

/// Number of binary digits of a threshold in 0..=65536.
pub const PLANES: usize = 17;

/// Packs `thresholds`, a multiple of 32 values in 0..=65536, into digit planes `[PLANES][n_words]`, most significant
/// first. Bit `i` of word `w` of a plane belongs to connection `32 w + i`.
pub fn pack_thresholds(thresholds: impl ExactSizeIterator<Item = u32>, planes: &mut Vec<u32>) {
    let n_words = thresholds.len() / 32;
    planes.resize(PLANES * n_words, 0);
    let mut thresholds = thresholds;
    for word in 0..n_words {
        let values: [u32; 32] = std::array::from_fn(|_| thresholds.next().unwrap_or_default());
        for plane in 0..PLANES {
            let shift = PLANES - 1 - plane;
            planes[plane * n_words + word] =
                values.iter().enumerate().fold(0, |bits, (index, value)| bits | ((value >> shift) & 1) << index);
        }
    }
}

/// Returns the packed connections `[n_words]` of `member` in `generation`.
///
/// - `thresholds`: `[32 n_words]`, `round(65536 rho)`
/// - bit `i` of word `w` is connection `32 w + i`
pub fn sample(thresholds: &[u32], generation: u32, member: u32, key: Key) -> Vec<u32> {
    let word = |(word, thresholds): (usize, &[u32])| {
        let draw = |q| philox4x32([4 * word as u32 + q, member, generation, 0], key);
        let digits: Vec<u32> = (0..4).flat_map(draw).collect();
        let random = |index: usize| digits.iter().fold(0, |number, digit| 2 * number + (digit >> index & 1));
        let exists = |(index, threshold): (usize, &u32)| u32::from(random(index) < *threshold) << index;
        thresholds.iter().enumerate().map(exists).sum()
    };
    thresholds.chunks_exact(32).enumerate().map(word).collect()
}

/// Returns the integer gradient `sum_k u_k theta_k`, computed slowly on the host: the oracle of the gradient kernel.
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
