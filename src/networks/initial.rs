//! Where a search over weights begins: the initialisers of Flax, from this program's own random numbers.

use crate::kernel::random::{self, Key};

/// Standard deviation of a standard normal number that is kept within two of its own.
const TRUNCATED_STD: f64 = 0.879_625_661_034_239_8;

/// Standard normal numbers of tensor `tensor`, without an end.
fn normals(tensor: usize, key: Key) -> impl Iterator<Item = f64> {
    random::normals([tensor as u32, 1, 0], key)
}

/// `lecun_normal` (LeCun et al., Efficient BackProp, 1998): variance `1 / fan_in`, normal numbers beyond two standard
/// deviations drawn again.
pub(super) fn lecun_normal(count: usize, fan_in: usize, tensor: usize, key: Key) -> Vec<f64> {
    let scale = (1.0 / fan_in as f64).sqrt() / TRUNCATED_STD;
    normals(tensor, key).filter(|x| x.abs() < 2.0).map(|x| scale * x).take(count).collect()
}

/// Returns a random orthogonal matrix `[n, n]`, uniform by Haar's measure (Saxe, McClelland, Ganguli, 2014): the rows
/// of a normal matrix, made orthonormal one after the other, each twice for accuracy.
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

/// Returns what acts within and across two hemispheres of `n` units, `[n, n]` each: half the sum and half the
/// difference of two random orthogonal matrices, so that both together, `[[within, across], [across, within]]`, are
/// one.
pub(super) fn within_and_across(n: usize, tensor: usize, key: Key) -> [Vec<f64>; 2] {
    let (even, odd) = (orthogonal(n, tensor, key), orthogonal(n, tensor + 1, key));
    let halved = |sign: f64| even.iter().zip(&odd).map(|(a, b)| (a + sign * b) / 2.0).collect();
    [halved(1.0), halved(-1.0)]
}
