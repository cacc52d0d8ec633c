//! Bodies, joints, geoms, pairs and actuators, each read out of the model as a row of its own.

use serde::Serialize;

use crate::{
    inspect::{
        muscles::{ActuatorRow, MuscleRow},
        rows::name,
    },
    physics::{
        model::{Model, geom, joint, transmission},
        muscle::Muscle,
        stepper::{StepperError, pairs},
    },
};

/// Body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BodyRow {
    /// Name in the file, or `body N`.
    pub name: String,
    /// Index of its parent.
    pub parent: usize,
    /// Position in the parent's frame.
    pub pos: [f64; 3],
    /// Mass.
    pub mass: f64,
    /// Principal moments of inertia.
    pub inertia: [f64; 3],
    /// Indices of its joints.
    pub joints: Vec<usize>,
}

/// Joint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JointRow {
    /// Name in the file, or `joint N`.
    pub name: String,
    /// `free`, `slide` or `hinge`.
    pub kind: &'static str,
    /// Index of its body.
    pub body: usize,
    /// First index in `qpos`.
    pub qpos: usize,
    /// First index in `qvel`.
    pub dof: usize,
    /// Axis in the body's frame.
    pub axis: [f64; 3],
    /// Limits; null if there are none.
    pub range: Option<[f64; 2]>,
    /// Stiffness of its spring.
    pub stiffness: f64,
    /// Damping.
    pub damping: f64,
    /// Inertia of its drive.
    pub armature: f64,
}

/// Geom.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GeomRow {
    /// Name in the file, or `geom N`.
    pub name: String,
    /// `plane`, `sphere` and so on.
    pub kind: &'static str,
    /// Index of its body.
    pub body: usize,
    /// MuJoCo's `size`.
    pub size: [f64; 3],
    /// Sliding friction.
    pub friction: f64,
    /// Number of pairs that it belongs to; 0 if it touches nothing.
    pub pairs: usize,
}

/// Pair of geoms that can touch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairRow {
    /// Names of the geoms.
    pub geoms: [String; 2],
    /// 1 without friction, 3 with it.
    pub condim: u32,
    /// Sliding friction.
    pub friction: f64,
    /// Distance below which the contact acts.
    pub margin: f64,
}

pub(super) fn body_row(model: &Model, body: usize) -> BodyRow {
    let first = usize::try_from(model.body_jntadr[body]).unwrap_or(0);
    BodyRow {
        name: name(&model.names.body, "body", body),
        parent: model.body_parentid[body],
        pos: model.body_pos[body],
        mass: model.body_mass[body],
        inertia: model.body_inertia[body],
        joints: (first..first + model.body_jntnum[body]).collect(),
    }
}

pub(super) fn joint_row(model: &Model, index: usize) -> JointRow {
    let dof = model.jnt_dofadr[index];
    JointRow {
        name: name(&model.names.joint, "joint", index),
        kind: match model.jnt_type[index] {
            joint::FREE => "free",
            joint::SLIDE => "slide",
            _ => "hinge",
        },
        body: model.jnt_bodyid[index],
        qpos: model.jnt_qposadr[index],
        dof,
        axis: model.jnt_axis[index],
        range: model.jnt_limited[index].then(|| model.jnt_range[index]),
        stiffness: model.jnt_stiffness[index],
        damping: model.dof_damping[dof],
        armature: model.dof_armature[dof],
    }
}

pub(super) fn geom_row(model: &Model, index: usize, pairs: &[PairRow]) -> GeomRow {
    let own = geom_name(model, index);
    GeomRow {
        kind: geom::NAMES.iter().find(|(_, kind)| *kind == model.geom_type[index]).map_or("geom", |(name, _)| name),
        body: model.geom_bodyid[index],
        size: model.geom_size[index],
        friction: model.geom_friction[index][0],
        pairs: pairs.iter().filter(|pair| pair.geoms.contains(&own)).count(),
        name: own,
    }
}

fn geom_name(model: &Model, index: usize) -> String {
    name(&model.names.geom, "geom", index)
}

pub(super) fn pair_rows(model: &Model) -> Result<Vec<PairRow>, StepperError> {
    let row = |pair: crate::physics::stepper::Pair| PairRow {
        geoms: pair.geoms.map(|geom| geom_name(model, geom)),
        condim: pair.condim,
        friction: if pair.condim == 1 { 0.0 } else { pair.friction },
        margin: pair.margin,
    };
    Ok(pairs(model)?.into_iter().map(row).collect())
}

pub(super) fn actuator_row(model: &Model, motor: usize) -> ActuatorRow {
    let driven = usize::try_from(model.actuator_trnid[motor][0]).unwrap_or(0);
    let drives = match model.actuator_trntype.get(motor) {
        Some(&transmission::TENDON) => name(&model.names.tendon, "tendon", driven),
        _ => name(&model.names.joint, "joint", driven),
    };
    let muscle = Muscle::of(model, motor).map(|muscle| MuscleRow::new(&muscle));
    let gear = model.actuator_gear[motor][0] * model.actuator_gainprm[motor][0];
    ActuatorRow {
        name: name(&model.names.actuator, "actuator", motor),
        drives,
        gear: muscle.is_none().then_some(gear),
        muscle,
        range: model.actuator_ctrllimited[motor].then(|| model.actuator_ctrlrange[motor]),
    }
}
