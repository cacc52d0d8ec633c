//! First parameters of the value network beside a policy: observation, two layers of tanh units, one number.

use super::initial::orthogonal;
use crate::kernel::random::Key;

/// Number of the first tensor, above those of any policy.
const FIRST_TENSOR: usize = 64;

/// Returns `W1 [d_obs][units]`, `b1`, `W2 [units][units]`, `b2`, `w3`, `b3`: orthogonal with gain sqrt(2), the last
/// with gain 1, biases 0.
pub fn value_initial(d_obs: usize, units: usize, key: Key) -> Vec<f64> {
    let gain = 2f64.sqrt();
    let scaled = |values: Vec<f64>| values.into_iter().map(move |value| gain * value);
    let mut values: Vec<f64> = scaled(corner(d_obs, units, FIRST_TENSOR, key)).collect();
    values.extend(vec![0.0; units]);
    values.extend(scaled(orthogonal(units, FIRST_TENSOR + 1, key)));
    values.extend(vec![0.0; units]);
    values.extend(corner(1, units, FIRST_TENSOR + 2, key));
    values.push(0.0);
    values
}

/// Returns a corner of a random orthogonal matrix, which has orthonormal rows or columns.
fn corner(rows: usize, cols: usize, tensor: usize, key: Key) -> Vec<f64> {
    let n = rows.max(cols);
    let whole = orthogonal(n, tensor, key);
    whole.chunks(n).take(rows).flat_map(|row| row[..cols].to_vec()).collect()
}
