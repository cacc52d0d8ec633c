//! Inertia matrix, velocity-dependent forces, springs, dampers and motors.

use super::{
    algebra::{Spatial, V3},
    kinematics::{Inertia, Kinematics},
    matrix::TreeMatrix,
    muscle::{limited, pulls_tendon},
    path::Line,
    trace::{Ex, Trace},
    tree::{Tree, own_joints},
};
use crate::physics::{
    model::{Model, joint},
    muscle::Muscle,
};

/// Velocities that follow from `qpos` and `qvel`.
pub struct Motion<'t> {
    /// Spatial velocity of each body.
    pub velocity: Vec<Spatial<'t>>,
    /// Rate of change of each dof's axis.
    axis_rate: Vec<Spatial<'t>>,
}

/// Returns the inertias of the bodies, with welded bodies merged into the body that carries them.
fn merged<'t>(model: &Model, kin: &Kinematics<'t>) -> Vec<Inertia<'t>> {
    let mut inertia = kin.inertia.clone();
    for body in 1..model.sizes.nbody {
        let carrier = model.body_weldid[body];
        if carrier != body {
            inertia[carrier] = inertia[carrier].plus(&inertia[body]);
        }
    }
    inertia
}

/// Returns the joint-space inertia matrix (composite rigid bodies).
pub fn mass_matrix<'t>(model: &Model, tree: &Tree, kin: &Kinematics<'t>) -> TreeMatrix<'t> {
    let trace = kin.axes[0].ang.0[0].trace;
    trace.comment("composite inertias, inertia matrix");
    let mut composite = merged(model, kin);
    for &body in tree.movers.iter().rev() {
        let parent = tree.parent(model, body);
        if parent > 0 {
            composite[parent] = composite[parent].plus(&composite[body]);
        }
    }
    let mut mass = TreeMatrix::default();
    for i in 0..tree.nv() {
        let force = composite[model.dof_bodyid[i]].apply(kin.axes[i]);
        mass.set(i, i, kin.axes[i].dot(force) + model.dof_armature[i]);
        for &j in &tree.ancestors[i] {
            mass.set(i, j, kin.axes[j].dot(force));
        }
    }
    mass.named("mass");
    mass
}

/// Returns the velocities of the bodies, and the rates of change of the axes.
pub fn motion<'t>(trace: &'t Trace, model: &Model, kin: &Kinematics<'t>, v: &[Ex<'t>]) -> Motion<'t> {
    let mut velocity = vec![Spatial::zero(trace); model.sizes.nbody];
    let mut axis_rate = vec![Spatial::zero(trace); model.sizes.nv];
    for body in 1..model.sizes.nbody {
        let mut speed = velocity[model.body_parentid[body]];
        for j in own_joints(model, body) {
            let dof = model.jnt_dofadr[j];
            let (moved, turned) = if model.jnt_type[j] == joint::FREE {
                (dof..dof + 3, dof + 3..dof + 6)
            } else {
                (dof..dof, dof..dof + 1)
            };
            // A free joint's translation axes do not change. All other axes turn with the body's velocity before
            // their joint adds to it.
            speed = moved.fold(speed, |speed, i| speed + kin.axes[i] * v[i]);
            for i in turned.clone() {
                axis_rate[i] = speed.cross_motion(kin.axes[i]);
            }
            speed = turned.fold(speed, |speed, i| speed + kin.axes[i] * v[i]);
        }
        velocity[body] = speed;
    }
    Motion { velocity, axis_rate }
}

/// Returns the gravity, Coriolis and centrifugal forces (recursive Newton-Euler at zero acceleration).
pub fn bias<'t>(
    trace: &'t Trace,
    model: &Model,
    tree: &Tree,
    kin: &Kinematics<'t>,
    motion: &Motion<'t>,
    v: &[Ex<'t>],
) -> Vec<Ex<'t>> {
    let inertia = merged(model, kin);
    let mut acceleration = vec![Spatial::zero(trace); model.sizes.nbody];
    acceleration[0].lin = V3::constant(trace, model.opt.gravity.map(|g| -g));
    let mut force = vec![Spatial::zero(trace); model.sizes.nbody];
    for &body in &tree.movers {
        let start = acceleration[tree.parent(model, body)];
        let own = super::tree::own_dofs(model, body);
        acceleration[body] = own.fold(start, |sum, i| sum + motion.axis_rate[i] * v[i]);
        let momentum = inertia[body].apply(motion.velocity[body]);
        force[body] = inertia[body].apply(acceleration[body]) + motion.velocity[body].cross_force(momentum);
    }
    for &body in tree.movers.iter().rev() {
        let parent = tree.parent(model, body);
        if parent > 0 {
            force[parent] = force[parent] + force[body];
        }
    }
    (0..tree.nv()).map(|i| kin.axes[i].dot(force[model.dof_bodyid[i]]).named(&format!("bias_{i}"))).collect()
}

/// Adds the forces of the tendons' dampers and of their springs, which are slack between two lengths.
pub fn tendon_passive<'t>(trace: &'t Trace, model: &Model, tendons: &[Line<'t>], total: &mut [Ex<'t>]) {
    for (t, line) in tendons.iter().enumerate() {
        let mut force = -(model.tendon_damping[t] * line.velocity);
        if model.tendon_stiffness[t] > 0.0 {
            let [low, high] = model.tendon_lengthspring[t];
            let zero = trace.num(0.0);
            let stretch = (line.length - high).max(zero) + (line.length - low).min(zero);
            force = force - model.tendon_stiffness[t] * stretch;
        }
        if !force.is_zero() {
            line.add_force(force, total);
        }
    }
}

/// Returns the forces of the joints' springs and dampers.
pub fn passive<'t>(model: &Model, q: &[Ex<'t>], v: &[Ex<'t>]) -> Vec<Ex<'t>> {
    let mut force: Vec<_> = v.iter().zip(&model.dof_damping).map(|(v, damping)| -(*damping * *v)).collect();
    for j in 0..model.sizes.njnt {
        let (dof, at) = (model.jnt_dofadr[j], model.jnt_qposadr[j]);
        if model.jnt_type[j] != joint::FREE {
            force[dof] = force[dof] - model.jnt_stiffness[j] * (q[at] - model.qpos_spring[at]);
        }
    }
    force
}

/// Returns the forces of the motors on joints at the controls `ctrl`, clamped to their ranges.
pub fn motors<'t>(trace: &'t Trace, model: &Model, ctrl: &[Ex<'t>]) -> Vec<Ex<'t>> {
    let mut force = vec![trace.num(0.0); model.sizes.nv];
    for (i, &ctrl) in
        ctrl.iter().enumerate().filter(|(i, _)| Muscle::of(model, *i).is_none() && !pulls_tendon(model, *i))
    {
        let joint = usize::try_from(model.actuator_trnid[i][0]).expect("an actuator drives a joint");
        let ctrl = limited(model, i, ctrl);
        let dof = model.jnt_dofadr[joint];
        force[dof] = force[dof] + model.actuator_gear[i][0] * model.actuator_gainprm[i][0] * ctrl;
    }
    force
}
