//! A compiled robot in tables: what `gpu-ec inspect my.xml` prints.

use serde::Serialize;

use crate::{
    inspect::{
        muscles::{self, ActuatorRow, MuscleRow, TendonRow},
        rows::{list, name, short},
    },
    physics::{
        mjcf::{Compiled, Skipped},
        model::{Model, geom, joint, transmission},
        muscle::Muscle,
        stepper::{Integrator, Options, StepperError, capacity::Places, operations, pairs, precision},
    },
    report::Table,
};

/// What a robot file was compiled to. Numbers in SI units and radian; elements by their number and, where they have
/// one, name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RobotReport {
    /// The file.
    pub file: String,
    /// Length of `qpos`.
    pub nq: usize,
    /// Length of `qvel`: degrees of freedom.
    pub nv: usize,
    /// Length of `act`: activations of muscles.
    pub na: usize,
    /// Length of `ctrl`.
    pub nu: usize,
    /// Mass of all bodies.
    pub mass: f64,
    /// Global options.
    pub options: OptionRow,
    /// Bodies; 0 is the world.
    pub bodies: Vec<BodyRow>,
    /// Joints, with the dofs that they became.
    pub joints: Vec<JointRow>,
    /// Geoms.
    pub geoms: Vec<GeomRow>,
    /// Pairs of geoms that can touch.
    pub pairs: Vec<PairRow>,
    /// Contacts between geoms that the robot can make, and how many of them are kept at once.
    pub contacts: ContactRow,
    /// Tendons.
    pub tendons: Vec<TendonRow>,
    /// Motors and muscles, with the controls that they became.
    pub actuators: Vec<ActuatorRow>,
    /// Elements and attributes that were skipped.
    pub skipped: Vec<SkippedRow>,
    /// Scalar operations in the text of one step.
    pub operations: usize,
    /// What of it is stepped less exactly than the rest, and what to do.
    pub precision: Vec<String>,
}

/// Global options.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptionRow {
    /// Length of a step.
    pub timestep: f64,
    /// Gravity.
    pub gravity: [f64; 3],
    /// `Euler` or `RK4`.
    pub integrator: &'static str,
    /// Density of the medium.
    pub density: f64,
    /// Viscosity of the medium.
    pub viscosity: f64,
}

/// A body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BodyRow {
    /// Name in the file, or `body N`.
    pub name: String,
    /// Number of its parent.
    pub parent: usize,
    /// Place in the parent's frame.
    pub pos: [f64; 3],
    /// Mass.
    pub mass: f64,
    /// Principal moments of inertia.
    pub inertia: [f64; 3],
    /// Numbers of its joints.
    pub joints: Vec<usize>,
}

/// A joint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JointRow {
    /// Name in the file, or `joint N`.
    pub name: String,
    /// `free`, `slide` or `hinge`.
    pub kind: &'static str,
    /// Number of its body.
    pub body: usize,
    /// First index in `qpos`.
    pub qpos: usize,
    /// First index in `qvel`.
    pub dof: usize,
    /// Axis in the body's frame.
    pub axis: [f64; 3],
    /// Limits; null: none.
    pub range: Option<[f64; 2]>,
    /// Stiffness of its spring.
    pub stiffness: f64,
    /// Damping.
    pub damping: f64,
    /// Inertia of its drive.
    pub armature: f64,
}

/// A geom.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GeomRow {
    /// Name in the file, or `geom N`.
    pub name: String,
    /// `plane`, `sphere` and so on.
    pub kind: &'static str,
    /// Number of its body.
    pub body: usize,
    /// MuJoCo's `size`.
    pub size: [f64; 3],
    /// Sliding friction.
    pub friction: f64,
    /// In how many of the pairs it is; 0: it touches nothing.
    pub pairs: usize,
}

/// Two geoms that can touch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairRow {
    /// Their names.
    pub geoms: [String; 2],
    /// 1: without friction; 3: with.
    pub condim: u32,
    /// Sliding friction.
    pub friction: f64,
    /// Distance below which the contact acts.
    pub margin: f64,
}

/// Contacts between geoms; those with the floor are all kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ContactRow {
    /// How many the pairs can make at most.
    pub possible: usize,
    /// How many are kept at once, unless a configuration says otherwise.
    pub kept: usize,
}

/// Elements or attributes that were skipped.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkippedRow {
    /// Tag.
    pub element: String,
    /// The attribute; null: the whole element.
    pub attribute: Option<String>,
    /// How many.
    pub count: usize,
    /// How MuJoCo's motion may depend on it; null: it has no effect.
    pub effect: Option<&'static str>,
}

impl RobotReport {
    /// Describes the robot of `file`.
    ///
    /// Errors: a feature that the stepper does not know.
    pub fn new(file: &str, compiled: &Compiled) -> Result<Self, StepperError> {
        let model = &compiled.model;
        let places = Places::straight(Options::of(model).contacts, &pairs(model)?);
        let pairs = pair_rows(model)?;
        let skipped = compiled.skipped.iter().cloned();
        let skipped = skipped.map(|Skipped { element, attribute, count, effect }| SkippedRow {
            element,
            attribute,
            count,
            effect,
        });
        Ok(Self {
            file: file.into(),
            nq: model.sizes.nq,
            nv: model.sizes.nv,
            na: model.sizes.na,
            nu: model.sizes.nu,
            mass: model.body_mass.iter().sum(),
            options: OptionRow {
                timestep: model.opt.timestep,
                gravity: model.opt.gravity,
                integrator: if Integrator::of(model) == Integrator::Rk4 { "RK4" } else { "Euler" },
                density: model.opt.density,
                viscosity: model.opt.viscosity,
            },
            bodies: (0..model.sizes.nbody).map(|body| body_row(model, body)).collect(),
            joints: (0..model.sizes.njnt).map(|joint| joint_row(model, joint)).collect(),
            geoms: (0..model.sizes.ngeom).map(|geom| geom_row(model, geom, &pairs)).collect(),
            tendons: (0..model.sizes.ntendon).map(|tendon| TendonRow::new(model, tendon)).collect(),
            actuators: (0..model.sizes.nu).map(|motor| actuator_row(model, motor)).collect(),
            skipped: skipped.collect(),
            operations: operations(model, &Options::of(model))?,
            contacts: ContactRow { possible: places.possible, kept: places.kept },
            precision: precision::remarks(model),
            pairs,
        })
    }
}

fn body_row(model: &Model, body: usize) -> BodyRow {
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

fn joint_row(model: &Model, index: usize) -> JointRow {
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

fn geom_row(model: &Model, index: usize, pairs: &[PairRow]) -> GeomRow {
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

fn pair_rows(model: &Model) -> Result<Vec<PairRow>, StepperError> {
    let row = |pair: crate::physics::stepper::Pair| PairRow {
        geoms: pair.geoms.map(|geom| geom_name(model, geom)),
        condim: pair.condim,
        friction: if pair.condim == 1 { 0.0 } else { pair.friction },
        margin: pair.margin,
    };
    Ok(pairs(model)?.into_iter().map(row).collect())
}

fn actuator_row(model: &Model, motor: usize) -> ActuatorRow {
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

impl RobotReport {
    /// Returns the report for a terminal: one table per kind of element, each row saying what the element became.
    pub fn tables(&self) -> String {
        let tables = [self.summary(), self.body_table(), self.joint_table(), self.geom_table(), self.pair_table()];
        let pulls = [muscles::tendons(&self.tendons), self.actuator_table(), muscles::muscles(&self.actuators)];
        let tables = tables.into_iter().chain(pulls).chain([self.skipped_table()]);
        tables.map(|table| table.to_string()).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn summary(&self) -> Table {
        let mut table = Table::new(["", ""]);
        let OptionRow { timestep, gravity, integrator, density, viscosity } = &self.options;
        table.row(["file".into(), self.file.clone()]);
        table.row(["state".into(), format!("qpos {}, qvel {}, act {}, ctrl {}", self.nq, self.nv, self.na, self.nu)]);
        table.row(["mass".into(), format!("{} kg", short(self.mass))]);
        table.row(["step".into(), format!("{timestep} s, {integrator}")]);
        table.row(["gravity".into(), format!("{} m/s^2", list(gravity))]);
        if *density > 0.0 || *viscosity > 0.0 {
            table.row(["medium".into(), format!("{density} kg/m^3, {viscosity} Pa s")]);
        }
        let ContactRow { possible, kept } = self.contacts;
        if possible > 0 {
            let kept =
                format!("{kept} of {possible} between geoms at once, and all with the floor (`task.max_contacts`)");
            table.row(["contacts".into(), kept]);
        }
        table.row(["code".into(), format!("{} scalar operations a step", self.operations)]);
        self.precision.iter().for_each(|remark| table.row(["precision".into(), remark.clone()]));
        table
    }

    fn body_table(&self) -> Table {
        let mut table = Table::new(["body", "name", "parent", "place, m", "mass, kg", "inertia, kg m^2", "joints"]);
        for (index, body) in self.bodies.iter().enumerate() {
            let joints: Vec<String> = body.joints.iter().map(usize::to_string).collect();
            table.row([
                index.to_string(),
                body.name.clone(),
                if index == 0 { String::new() } else { body.parent.to_string() },
                list(&body.pos),
                short(body.mass),
                list(&body.inertia),
                joints.join(" "),
            ]);
        }
        table
    }

    fn joint_table(&self) -> Table {
        let header = ["joint", "name", "type", "body", "became", "axis", "range", "stiffness", "damping", "armature"];
        let mut table = Table::new(header);
        for (index, joint) in self.joints.iter().enumerate() {
            let JointRow { qpos, dof, .. } = *joint;
            let free = joint.kind == "free";
            let became = match free {
                true => format!("qpos {qpos} to {}, dof {dof} to {}", qpos + 6, dof + 5),
                false => format!("qpos {qpos}, dof {dof}"),
            };
            table.row([
                index.to_string(),
                joint.name.clone(),
                joint.kind.into(),
                joint.body.to_string(),
                became,
                if free { String::new() } else { list(&joint.axis) },
                joint.range.map_or("none".into(), |range| list(&range)),
                short(joint.stiffness),
                short(joint.damping),
                short(joint.armature),
            ]);
        }
        table
    }

    fn geom_table(&self) -> Table {
        let mut table = Table::new(["geom", "name", "type", "body", "size, m", "friction", "pairs"]);
        for (index, geom) in self.geoms.iter().enumerate() {
            table.row([
                index.to_string(),
                geom.name.clone(),
                geom.kind.into(),
                geom.body.to_string(),
                list(&geom.size),
                short(geom.friction),
                geom.pairs.to_string(),
            ]);
        }
        table
    }

    fn pair_table(&self) -> Table {
        let mut table = Table::new(["can touch", "", "condim", "friction", "margin, m"]);
        for PairRow { geoms: [first, second], condim, friction, margin } in &self.pairs {
            table.row([first.clone(), second.clone(), condim.to_string(), short(*friction), short(*margin)]);
        }
        if self.pairs.is_empty() {
            table.row(["nothing"]);
        }
        table
    }

    fn actuator_table(&self) -> Table {
        let mut table = Table::new(["motor", "name", "drives", "became", "gear", "range"]);
        for (index, motor) in self.actuators.iter().enumerate() {
            let Some(gear) = motor.gear else { continue };
            table.row([
                index.to_string(),
                motor.name.clone(),
                motor.drives.clone(),
                format!("ctrl {index}"),
                short(gear),
                motor.range.map_or("none".into(), |range| list(&range)),
            ]);
        }
        if self.actuators.is_empty() {
            table.row(["none"]);
        }
        if table.rows().is_empty() { Table::default() } else { table }
    }

    fn skipped_table(&self) -> Table {
        let mut table = Table::new(["skipped", "count", "effect on the motion"]);
        for row in &self.skipped {
            let what = match &row.attribute {
                Some(attribute) => format!("<{}> {attribute}", row.element),
                None => format!("<{}>", row.element),
            };
            table.row([what, row.count.to_string(), row.effect.unwrap_or("none").into()]);
        }
        if self.skipped.is_empty() {
            table.row(["nothing"]);
        }
        table
    }
}
