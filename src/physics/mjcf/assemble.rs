//! Bodies of a file -> the numbered tables of [`Model`].

use super::tree::Body;
use crate::physics::model::{Model, joint};

/// Builds a model without options, tendons, actuators and inverse weights.
pub(super) fn assemble(bodies: &[Body]) -> Model {
    let mut model = Model::default();
    for (id, body) in bodies.iter().enumerate() {
        add_body(&mut model, id, body);
        body.joints.iter().for_each(|joint| add_joint(&mut model, id, body, joint));
        add_geoms(&mut model, id, body);
        for (name, pos) in &body.sites {
            model.names.site.push(name.clone());
            model.site_bodyid.push(id);
            model.site_pos.push(*pos);
        }
    }
    model.sizes.nbody = bodies.len();
    model.sizes.njnt = model.jnt_type.len();
    model.sizes.ngeom = model.geom_type.len();
    model.sizes.nsite = model.site_bodyid.len();
    model.sizes.nq = model.qpos0.len();
    model.sizes.nv = model.dof_bodyid.len();
    model
}

fn add_body(model: &mut Model, id: usize, body: &Body) {
    let dofs = body.joints.iter().map(|joint| dof_count(joint.kind)).sum();
    let first = |count: usize, next: usize| if count > 0 { next as i64 } else { -1 };
    let (parent, inertia) = (body.parent, &body.inertia);
    model.names.body.push(body.name.clone());
    model.body_parentid.push(parent);
    model.body_rootid.push(if parent == 0 { id } else { model.body_rootid[parent] });
    // A body without joints moves with its parent.
    model.body_weldid.push(if id == 0 || dofs > 0 { id } else { model.body_weldid[parent] });
    model.body_jntnum.push(body.joints.len());
    model.body_jntadr.push(first(body.joints.len(), model.jnt_type.len()));
    model.body_dofnum.push(dofs);
    model.body_dofadr.push(first(dofs, model.dof_bodyid.len()));
    model.body_pos.push(body.pos);
    model.body_quat.push(body.quat);
    model.body_ipos.push(inertia.pos);
    model.body_iquat.push(inertia.quat);
    model.body_mass.push(inertia.mass);
    model.body_inertia.push(inertia.moments);
}

fn add_joint(model: &mut Model, id: usize, body: &Body, joint: &super::parts::Joint) {
    let number = model.jnt_type.len();
    model.names.joint.push(joint.name.clone());
    model.jnt_type.push(joint.kind);
    model.jnt_qposadr.push(model.qpos0.len());
    model.jnt_dofadr.push(model.dof_bodyid.len());
    model.jnt_bodyid.push(id);
    model.jnt_pos.push(joint.pos);
    model.jnt_axis.push(joint.axis);
    model.jnt_stiffness.push(joint.stiffness);
    model.jnt_limited.push(joint.limited);
    model.jnt_range.push(joint.range);
    model.jnt_margin.push(joint.margin);
    model.jnt_solref.push(joint.solref);
    model.jnt_solimp.push(joint.solimp);
    for _ in 0..dof_count(joint.kind) {
        let parent = last_dof(model, id);
        model.dof_bodyid.push(id);
        model.dof_jntid.push(number);
        model.dof_parentid.push(parent);
        model.dof_armature.push(joint.armature);
        model.dof_damping.push(joint.damping);
    }
    if joint.kind == joint::FREE {
        model.qpos0.extend(body.pos.iter().chain(&body.quat));
        model.qpos_spring.extend(body.pos.iter().chain(&body.quat));
    } else {
        model.qpos0.push(joint.reference);
        model.qpos_spring.push(joint.spring_reference);
    }
}

/// Returns the latest dof of a body, or of its nearest ancestor with dofs; -1 if there is none.
fn last_dof(model: &Model, id: usize) -> i64 {
    let mut body = id;
    while body > 0 {
        if let Some(dof) = model.dof_bodyid.iter().rposition(|owner| *owner == body) {
            return dof as i64;
        }
        body = model.body_parentid[body];
    }
    -1
}

fn add_geoms(model: &mut Model, id: usize, body: &Body) {
    for geom in &body.geoms {
        model.names.geom.push(geom.name.clone());
        model.geom_type.push(geom.kind);
        model.geom_bodyid.push(id);
        model.geom_contype.push(geom.contype);
        model.geom_conaffinity.push(geom.conaffinity);
        model.geom_condim.push(geom.condim);
        model.geom_priority.push(0);
        model.geom_size.push(geom.size);
        model.geom_pos.push(geom.pos);
        model.geom_quat.push(geom.quat);
        model.geom_friction.push(geom.friction);
        model.geom_margin.push(geom.margin);
        model.geom_solref.push(geom.solref);
        model.geom_solimp.push(geom.solimp);
        model.geom_solmix.push(geom.solmix);
    }
}

fn dof_count(kind: u32) -> usize {
    if kind == joint::FREE { 6 } else { 1 }
}

/// Scales all masses and inertias so that the masses sum to `total` kg.
pub(super) fn set_total_mass(model: &mut Model, total: f64) {
    let factor = total / model.body_mass.iter().sum::<f64>();
    model.body_mass.iter_mut().for_each(|mass| *mass *= factor);
    model.body_inertia.iter_mut().flatten().for_each(|moment| *moment *= factor);
}
