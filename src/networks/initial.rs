//! Start of a search over weights: the initialisers of Flax, with this program's own random numbers.

use crate::kernel::random::{self, Key};

/// Standard deviation of a standard normal number truncated to +-2.
const TRUNCATED_STD: f64 = 0.879_625_661_034_239_8;

/// Returns an endless sequence of standard normal numbers for tensor number `tensor`.
fn normals(tensor: usize, key: Key) -> impl Iterator<Item = f64> {
    random::normals([tensor as u32, 1, 0], key)
}

/// Draws from `lecun_normal` (LeCun et al., Efficient BackProp, 1998): variance `1 / fan_in`, truncated at two
/// standard deviations by redrawing.
pub(super) fn lecun_normal(count: usize, fan_in: usize, tensor: usize, key: Key) -> Vec<f64> {
    let scale = (1.0 / fan_in as f64).sqrt() / TRUNCATED_STD;
    normals(tensor, key).filter(|x| x.abs() < 2.0).map(|x| scale * x).take(count).collect()
}

/// Returns a random orthogonal matrix `[n, n]`, uniform in Haar measure (Saxe, McClelland, Ganguli, 2014).
/// Orthonormalises the rows of a normal matrix one by one, each twice for accuracy.
pub(super) fn orthogonal(n: usize, tensor: usize, key: Key) -> Vec<f64> {
    let mut matrix: Vec<f64> = normals(tensor, key).take(n * n).collect();
    for row in 0..n {
        let (done, rest) = matrix.split_at_mut(row * n);
        let own = &mut rest[..n];
        for _ in 0..2 {
            for other in done.chunks(n) {
                let along: f64 = own.iter().zip(other).map(|(a, b)| a * b).sum();
                own.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
            }
        }
        let length = own.iter().map(|a| a * a).sum::<f64>().sqrt();
        own.iter_mut().for_each(|a| *a /= length);
    }
    matrix
}

/// Returns the matrices within and across two hemispheres of `n` units, `[n, n]` each. They are half the sum and half
/// the difference of two random orthogonal matrices, so that `[[within, across], [across, within]]` is orthogonal.
pub(super) fn within_and_across(n: usize, tensor: usize, key: Key) -> [Vec<f64>; 2] {
    let (even, odd) = (orthogonal(n, tensor, key), orthogonal(n, tensor + 1, key));
    let halved = |sign: f64| even.iter().zip(&odd).map(|(a, b)| (a + sign * b) / 2.0).collect();
    [halved(1.0), halved(-1.0)]
}
