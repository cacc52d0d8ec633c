//! A helping force on a free root body: it lifts, turns upright and damps, with strengths from the uniform
//! `run.harness`.

use super::{
    StepperError,
    trace::{Ex, Trace},
};
use crate::physics::model::{Model, joint};

/// Returns the weight of the robot, N.
pub fn weight(model: &Model) -> f64 {
    let [x, y, z] = model.opt.gravity;
    model.body_mass.iter().sum::<f64>() * (x * x + y * y + z * z).sqrt()
}

/// Refuses a robot whose first joint is not free.
pub fn check(model: &Model) -> Result<(), StepperError> {
    match model.jnt_type.first() {
        Some(&joint::FREE) => Ok(()),
        _ => Err(StepperError::Unsupported("a harness on a robot whose root is not free (a `freejoint`)".into())),
    }
}

/// Adds the helping force to the forces on the six dofs of the root. Its twin is
/// `shaders/physics/cooperative/harness.wgsl`.
///
/// With `u` the world's z axis in the body's frame, the torque of uprightness is `z x u = (-u_y, u_x, 0)` in that
/// frame.
pub fn add_harness<'t>(trace: &'t Trace, model: &Model, (q, v): (&[Ex<'t>], &[Ex<'t>]), force: &mut [Ex<'t>]) {
    let [lift, upright, damping, turning] = ["x", "y", "z", "w"].map(|part| trace.read(&format!("run.harness.{part}")));
    let [w, x, y, z] = [q[3], q[4], q[5], q[6]];
    let up_x = 2.0 * (x * z - w * y);
    let up_y = 2.0 * (y * z + w * x);
    force[2] = force[2] + weight(model) * lift;
    force[3] = force[3] - (upright * up_y + damping * v[3]);
    force[4] = force[4] + (upright * up_x - damping * v[4]);
    force[5] = force[5] - turning * v[5];
}
