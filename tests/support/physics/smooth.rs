//! Mass matrix (CRBA), bias forces (RNE), springs and dampers, motors.

use gpu_ec::physics::model::{Model, joint};

use super::kinematics::Kinematics;
use super::linear::Square;
use super::real::*;

/// The joint-space mass matrix, armature included.
pub fn mass_matrix<T: Real>(model: &Model, kin: &Kinematics<T>) -> Square<T> {
    let mut composite = kin.cinert.clone();
    for body in (1..model.sizes.nbody).rev() {
        let parent = model.body_parentid[body];
        composite[parent] = composite[parent].add(composite[body]);
    }
    let mut m = Square::zero(model.sizes.nv);
    for i in 0..model.sizes.nv {
        let force = composite[model.dof_bodyid[i]].times(kin.cdof[i]);
        let mut j = i as i64;
        while j >= 0 {
            let value = dot(&kin.cdof[j as usize], &force);
            *m.at(i, j as usize) = value;
            *m.at(j as usize, i) = value;
            j = model.dof_parentid[j as usize];
        }
        *m.at(i, i) += T::of(model.dof_armature[i]);
    }
    m
}

/// Bias forces (gravity, Coriolis, centrifugal) `[nv]` and body velocities `cvel [nbody]`.
pub fn bias<T: Real>(model: &Model, kin: &Kinematics<T>, qvel: &[T]) -> (Vec<T>, Vec<V6<T>>) {
    let mut cvel = vec![[T::of(0.0); 6]; model.sizes.nbody];
    let mut cacc = cvel.clone();
    cacc[0] = join([T::of(0.0); 3], of(model.opt.gravity.map(|g| -g)));
    let mut force = cvel.clone();
    for body in 1..model.sizes.nbody {
        let parent = model.body_parentid[body];
        let (mut velocity, mut acceleration) = (cvel[parent], cacc[parent]);
        for id in (0..model.sizes.njnt).filter(|id| model.jnt_bodyid[*id] == body) {
            let mut dof = model.jnt_dofadr[id];
            if model.jnt_type[id] == joint::FREE {
                // The translations of a free joint stand still in the world.
                (0..3).for_each(|i| velocity = add(velocity, scale(kin.cdof[dof + i], qvel[dof + i])));
                dof += 3;
            }
            // The other axes turn with the velocity before the joint, the rotations of a free joint as one.
            let before = velocity;
            while dof < model.sizes.nv && model.dof_jntid[dof] == id {
                acceleration = add(acceleration, scale(cross_motion(before, kin.cdof[dof]), qvel[dof]));
                velocity = add(velocity, scale(kin.cdof[dof], qvel[dof]));
                dof += 1;
            }
        }
        let momentum = kin.cinert[body].times(velocity);
        force[body] = add(kin.cinert[body].times(acceleration), cross_force(velocity, momentum));
        (cvel[body], cacc[body]) = (velocity, acceleration);
    }
    for body in (1..model.sizes.nbody).rev() {
        let parent = model.body_parentid[body];
        force[parent] = add(force[parent], force[body]);
    }
    let bias = (0..model.sizes.nv).map(|d| dot(&kin.cdof[d], &force[model.dof_bodyid[d]])).collect();
    (bias, cvel)
}

fn cross_motion<T: Real>(v: V6<T>, m: V6<T>) -> V6<T> {
    let ((w, l), (mw, ml)) = (split(v), split(m));
    join(cross(w, mw), add(cross(w, ml), cross(l, mw)))
}

fn cross_force<T: Real>(v: V6<T>, f: V6<T>) -> V6<T> {
    let ((w, l), (torque, force)) = (split(v), split(f));
    join(add(cross(w, torque), cross(l, force)), cross(w, force))
}

/// Springs and dampers.
pub fn passive<T: Real>(model: &Model, qpos: &[T], qvel: &[T]) -> Vec<T> {
    let mut force: Vec<T> = qvel.iter().zip(&model.dof_damping).map(|(v, d)| -T::of(*d) * *v).collect();
    for id in (0..model.sizes.njnt).filter(|id| model.jnt_type[*id] != joint::FREE) {
        let adr = model.jnt_qposadr[id];
        let stretch = qpos[adr] - T::of(model.qpos_spring[adr]);
        force[model.jnt_dofadr[id]] -= T::of(model.jnt_stiffness[id]) * stretch;
    }
    force
}

/// Joint motors, controls clamped to their range.
pub fn motors<T: Real>(model: &Model, ctrl: &[T]) -> Vec<T> {
    let mut force = vec![T::of(0.0); model.sizes.nv];
    for (i, control) in ctrl.iter().enumerate() {
        let [low, high] = of::<T, 2>(model.actuator_ctrlrange[i]);
        let control = if model.actuator_ctrllimited[i] { control.max(low).min(high) } else { *control };
        let dof = model.jnt_dofadr[model.actuator_trnid[i][0] as usize];
        force[dof] += T::of(model.actuator_gear[i][0]) * T::of(model.actuator_gainprm[i][0]) * control;
    }
    force
}
