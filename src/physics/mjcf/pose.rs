//! Poses of bodies before anything moves.

use super::{invweight::poses, rotation::rotate};
use crate::physics::model::{Model, Vec3};

/// Returns two results at `qpos0`: the position of the point `offset`, given in the body frame, and the z component
/// of the body's z axis.
pub fn at_start(model: &Model, body: usize, offset: Vec3) -> (Vec3, f64) {
    let (origin, quat) = poses(model)[body];
    let turned = rotate(quat, offset);
    (std::array::from_fn(|k| origin[k] + turned[k]), rotate(quat, [0.0, 0.0, 1.0])[2])
}
