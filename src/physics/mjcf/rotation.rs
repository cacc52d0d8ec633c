//! Vectors, quaternions and 3x3 matrices, with MuJoCo's conventions.

use crate::physics::model::{Quat, Vec3};

/// A 3x3 matrix, row by row.
pub(in crate::physics) type Mat3 = [Vec3; 3];

/// No rotation.
pub(in crate::physics) const IDENTITY: Quat = [1.0, 0.0, 0.0, 0.0];

/// Bound below which MuJoCo takes lengths and masses as zero (`mjMINVAL`).
pub(in crate::physics) const TINY: f64 = 1e-15;

pub(in crate::physics) fn add(a: Vec3, b: Vec3) -> Vec3 {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub(in crate::physics) fn sub(a: Vec3, b: Vec3) -> Vec3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(in crate::physics) fn scale(a: Vec3, factor: f64) -> Vec3 {
    a.map(|x| x * factor)
}

pub(in crate::physics) fn dot(a: Vec3, b: Vec3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(in crate::physics) fn cross(a: Vec3, b: Vec3) -> Vec3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Returns the direction of a vector; `None` if it is too short to have one.
pub(in crate::physics) fn direction(a: Vec3) -> Option<Vec3> {
    let length = dot(a, a).sqrt();
    (length > TINY).then(|| scale(a, 1.0 / length))
}

/// Returns a quaternion of length 1; `None` if the given one is too short.
pub(in crate::physics) fn unit(q: Quat) -> Option<Quat> {
    let length = q.iter().map(|x| x * x).sum::<f64>().sqrt();
    (length > TINY).then(|| q.map(|x| x / length))
}

/// Returns the rotation by `b`, then by `a` (Hamilton's product).
pub(in crate::physics) fn compose(a: Quat, b: Quat) -> Quat {
    [
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] + a[2] * b[0] + a[3] * b[1] - a[1] * b[3],
        a[0] * b[3] + a[3] * b[0] + a[1] * b[2] - a[2] * b[1],
    ]
}

/// Returns the rotation by `angle` radian about a unit axis.
pub(in crate::physics) fn about(axis: Vec3, angle: f64) -> Quat {
    let (sin, cos) = (angle / 2.0).sin_cos();
    [cos, sin * axis[0], sin * axis[1], sin * axis[2]]
}

/// Returns the smallest rotation that takes the z axis to a direction (half a turn about x for its opposite).
pub(in crate::physics) fn z_to(direction: Vec3) -> Quat {
    let axis = cross([0.0, 0.0, 1.0], direction);
    let sin = dot(axis, axis).sqrt();
    let axis = if sin < 1e-10 { [1.0, 0.0, 0.0] } else { scale(axis, 1.0 / sin) };
    about(axis, sin.atan2(direction[2]))
}

/// Returns the matrix of a unit quaternion.
pub(in crate::physics) fn matrix(q: Quat) -> Mat3 {
    let [w, x, y, z] = q;
    [
        [w * w + x * x - y * y - z * z, 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), w * w - x * x + y * y - z * z, 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), w * w - x * x - y * y + z * z],
    ]
}

pub(in crate::physics) fn transform(m: &Mat3, v: Vec3) -> Vec3 {
    [dot(m[0], v), dot(m[1], v), dot(m[2], v)]
}

pub(in crate::physics) fn rotate(q: Quat, v: Vec3) -> Vec3 {
    transform(&matrix(q), v)
}

/// Returns `R diag(d) R^T`.
pub(in crate::physics) fn rotated_diagonal(q: Quat, d: Vec3) -> Mat3 {
    let r = matrix(q);
    std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| r[i][k] * d[k] * r[j][k]).sum()))
}

/// Off-diagonal element at which Jacobi rotations stop, as a share of the largest moment.
const EIGEN_STOP: f64 = 3e-15;
/// Relative difference up to which two moments count as equal and keep their order.
const EQUAL_MOMENTS: f64 = 1e-12;

/// Returns the eigenvalues of a symmetric matrix, largest first, and the frame of its eigenvectors.
///
/// Follows `mju_eig3` step by step. If moments are equal any frame is right, and this one is MuJoCo's.
pub(in crate::physics) fn principal_axes(m: &Mat3) -> (Vec3, Quat) {
    let mut frame = IDENTITY;
    let mut diagonal = in_frame(m, frame);
    for _ in 0..500 {
        let off = |i: usize, j: usize| diagonal[i][j].abs();
        let (row, column, axis) = if off(0, 1) > off(0, 2) && off(0, 1) > off(1, 2) {
            (0, 1, 2)
        } else if off(0, 2) > off(1, 2) {
            (0, 2, 1)
        } else {
            (1, 2, 0)
        };
        let largest = (0..3).fold(0.0f64, |most, k| most.max(diagonal[k][k].abs()));
        if off(row, column) <= EIGEN_STOP * largest {
            break;
        }
        // Symmetric 2x2 Schur decomposition: the tangent of the angle that clears the element.
        let tau = (diagonal[column][column] - diagonal[row][row]) / (2.0 * diagonal[row][column]);
        let tangent = tau.signum() / (tau.abs() + (1.0 + tau * tau).sqrt());
        let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
        let half_cosine = (0.5 + 0.5 * cosine).sqrt();
        let half_sine = 0.5 * tangent * cosine / half_cosine;
        let mut turn = [half_cosine, 0.0, 0.0, 0.0];
        turn[axis + 1] = if axis == 1 { half_sine } else { -half_sine };
        frame = turned(frame, turn);
        diagonal = in_frame(m, frame);
    }
    sort_descending([diagonal[0][0], diagonal[1][1], diagonal[2][2]], frame)
}

/// Sorts eigenvalues in descending order by bubble sort, with a quarter turn of their frame at each swap.
fn sort_descending(mut values: Vec3, mut frame: Quat) -> (Vec3, Quat) {
    for first in [0, 1, 0] {
        if values[first] + EQUAL_MOMENTS * values[first + 1].abs() < values[first + 1] {
            values.swap(first, first + 1);
            let half = std::f64::consts::FRAC_1_SQRT_2;
            let mut turn = [half, 0.0, 0.0, 0.0];
            turn[(first + 2) % 3 + 1] = half;
            frame = turned(frame, turn);
        }
    }
    (values, frame)
}

fn turned(frame: Quat, turn: Quat) -> Quat {
    let turned = compose(frame, turn);
    unit(turned).unwrap_or(turned)
}

/// Returns `R^T M R`: the matrix as seen in a frame.
fn in_frame(m: &Mat3, frame: Quat) -> Mat3 {
    let r = matrix(frame);
    let axis = |i: usize| [r[0][i], r[1][i], r[2][i]];
    std::array::from_fn(|i| std::array::from_fn(|j| dot(axis(i), transform(m, axis(j)))))
}
