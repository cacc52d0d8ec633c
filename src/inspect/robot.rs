//! Compiled robot in tables, as `gpu-ec inspect my.xml` prints it.

mod elements;
mod tables;

use serde::Serialize;

use crate::{
    inspect::muscles::{ActuatorRow, TendonRow},
    physics::{
        mjcf::{Compiled, Skipped},
        stepper::{Integrator, Options, StepperError, capacity::Places, operations, pairs, precision},
    },
};
use elements::{BodyRow, GeomRow, JointRow, PairRow, actuator_row, body_row, geom_row, joint_row, pair_rows};

/// Result of compiling a robot file. Numbers are in SI units and radians; elements have their index and, if they have
/// one, their name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RobotReport {
    /// Path of the file.
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
    /// Contacts between geoms: the number that is possible, and the number kept at once.
    pub contacts: ContactRow,
    /// Tendons.
    pub tendons: Vec<TendonRow>,
    /// Motors and muscles, with the controls that they became.
    pub actuators: Vec<ActuatorRow>,
    /// Elements and attributes that were skipped.
    pub skipped: Vec<SkippedRow>,
    /// Scalar operations in the text of one step.
    pub operations: usize,
    /// Parts that are stepped less exactly than the rest, with remedies.
    pub precision: Vec<String>,
}

/// Global options.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptionRow {
    /// Length of a time step.
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

/// Contacts between geoms; those with the floor are all kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ContactRow {
    /// Maximum number that the pairs can make.
    pub possible: usize,
    /// Maximum number kept at once, unless a configuration sets another.
    pub kept: usize,
}

/// Elements or attributes that were skipped.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkippedRow {
    /// Tag of the element.
    pub element: String,
    /// Attribute; null for the whole element.
    pub attribute: Option<String>,
    /// Number of occurrences.
    pub count: usize,
    /// Possible effect on MuJoCo's motion; null if there is none.
    pub effect: Option<&'static str>,
}

impl RobotReport {
    /// Returns the report on the robot of `file`.
    ///
    /// Errors: a feature that the stepper does not support.
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
