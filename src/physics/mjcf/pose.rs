//! Where bodies are before anything moves.

use super::{invweight::poses, rotation::rotate};
use crate::physics::model::{Model, Vec3};

/// At `qpos0`: where the point `offset` of a body is, from its origin in its axes, and the height of the tip of its z
/// axis.
pub fn at_start(model: &Model, body: usize, offset: Vec3) -> (Vec3, f64) {
    let (origin, quat) = poses(model)[body];
    let turned = rotate(quat, offset);
    (std::array::from_fn(|k| origin[k] + turned[k]), rotate(quat, [0.0, 0.0, 1.0])[2])
}
