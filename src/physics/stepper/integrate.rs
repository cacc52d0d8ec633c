//! Integration of positions, including the rotations of free joints.

use super::{
    algebra::V3,
    trace::{Ex, Trace},
};
use crate::physics::model::{Model, joint};

/// Returns `qpos` moved by `shift` (velocity times time, per dof). A free joint's rotation is turned exactly, in its
/// own frame.
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

/// Square of half a rotation's angle below which the series of its sine and cosine leave out less than 1e-9.
pub const SHORT: f64 = 0.06;

/// Returns the normalised product of quaternion `q` and the rotation by the vector `by`, of any length below 1e4.
fn turned<'t>(trace: &'t Trace, q: [Ex<'t>; 4], by: [Ex<'t>; 3]) -> [Ex<'t>; 4] {
    let by = V3(by);
    let z = 0.25 * by.dot(by); // the square of half the angle
    // Short rotations use series, which are exact to the last bits there and round less than the quotient.
    let sine = 0.5 - z * (1.0 / 12.0 - z * (1.0 / 240.0 - z * (1.0 / 10080.0)));
    let cos = 1.0 - z * (0.5 - z * (1.0 / 24.0 - z * (1.0 / 720.0)));
    let short = z.less(SHORT);
    let angle = trace.call("sqrt", &[z.max(SHORT)]);
    let half = trace.call("sincos", &[angle]);
    let sine = trace.select(short, sine, 0.5 * (half.field("x") / angle));
    let cos = trace.select(short, cos, half.field("y"));
    let V3([x, y, zz]) = by * sine;
    let [qw, qx, qy, qz] = q;
    let product = [
        qw * cos - qx * x - qy * y - qz * zz,
        qw * x + qx * cos + qy * zz - qz * y,
        qw * y - qx * zz + qy * cos + qz * x,
        qw * zz + qx * y - qy * x + qz * cos,
    ];
    let norm2 = product[1..].iter().fold(product[0] * product[0], |sum, p| sum + *p * *p);
    // The last bits of the norm do not matter, since the kinematics divide by it again.
    let scale = 1.0 / trace.call("sqrt", &[norm2]);
    product.map(|p| p * scale)
}
