//! From velocities and accelerations to the next state.

use super::{
    algebra::V3,
    trace::{Ex, Trace},
};
use crate::physics::model::{Model, joint};

/// `qpos` moved by `shift` (velocity times time, per dof). A free joint's rotation is turned in its own frame, exactly.
pub fn moved<'t>(trace: &'t Trace, model: &Model, q: &[Ex<'t>], shift: &[Ex<'t>]) -> Vec<Ex<'t>> {
    let mut next = q.to_vec();
    for j in 0..model.sizes.njnt {
        let (at, dof) = (model.jnt_qposadr[j], model.jnt_dofadr[j]);
        if model.jnt_type[j] == joint::FREE {
            (0..3).for_each(|k| next[at + k] = q[at + k] + shift[dof + k]);
            let turned = turned(
                trace,
                [q[at + 3], q[at + 4], q[at + 5], q[at + 6]],
                [shift[dof + 3], shift[dof + 4], shift[dof + 5]],
            );
            next[at + 3..at + 7].copy_from_slice(&turned);
        } else {
            next[at] = q[at] + shift[dof];
        }
    }
    next
}

/// The normalised product of quaternion `q` and the rotation by the vector `by`, of any length below 1e4.
fn turned<'t>(trace: &'t Trace, q: [Ex<'t>; 4], by: [Ex<'t>; 3]) -> [Ex<'t>; 4] {
    let by = V3(by);
    // Where the bound acts, the turn is far below what a quaternion of f32 can hold. Rounding of the angle cancels in the quotient.
    let angle = trace.call("sqrt", &[by.dot(by).max(1e-30)]);
    let half = trace.call("sincos", &[0.5 * angle]);
    let (sine, cos) = (half.field("x") / angle, half.field("y"));
    let V3([x, y, zz]) = by * sine;
    let [qw, qx, qy, qz] = q;
    let product = [
        qw * cos - qx * x - qy * y - qz * zz,
        qw * x + qx * cos + qy * zz - qz * y,
        qw * y - qx * zz + qy * cos + qz * x,
        qw * zz + qx * y - qy * x + qz * cos,
    ];
    let norm2 = product[1..].iter().fold(product[0] * product[0], |sum, p| sum + *p * *p);
    // The last bits of the norm do not matter: kinematics divide by it again.
    let scale = 1.0 / trace.call("sqrt", &[norm2]);
    product.map(|p| p * scale)
}
