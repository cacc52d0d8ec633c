//! Tendons and muscles of a robot, as `gpu-ec inspect` shows them.

use serde::Serialize;

use crate::{
    inspect::rows::{list, name, short},
    physics::{
        model::{Model, wrap},
        muscle::{Activation, Muscle, Path},
    },
    report::Table,
};

/// Motor or muscle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActuatorRow {
    /// Name in the file, or `actuator N`.
    pub name: String,
    /// Joint or tendon that it drives.
    pub drives: String,
    /// Force or torque of a motor per unit of control; null for a muscle.
    pub gear: Option<f64>,
    /// Properties of a muscle; null for a motor.
    pub muscle: Option<MuscleRow>,
    /// Range to which controls are clamped; null if they are not.
    pub range: Option<[f64; 2]>,
}

/// Tendon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TendonRow {
    /// Name in the file, or `tendon N`.
    pub name: String,
    /// Sites in order, or joints with their coefficients.
    pub over: Vec<String>,
    /// Length in the start pose.
    pub length: f64,
    /// Stiffness of its spring.
    pub stiffness: f64,
    /// Damping.
    pub damping: f64,
    /// Limits of its length; null if there are none.
    pub range: Option<[f64; 2]>,
}

/// Muscle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MuscleRow {
    /// Largest active force, N.
    pub peak: f64,
    /// Optimal length, m.
    pub optimal: f64,
    /// Length of its tendon, m.
    pub slack: f64,
    /// Largest velocity, optimal lengths per second.
    pub vmax: f64,
    /// Time constants of rise and fall, s.
    pub timeconst: [f64; 2],
    /// Curves and activation.
    pub laws: String,
}

impl TendonRow {
    pub(super) fn new(model: &Model, tendon: usize) -> Self {
        let over = |at: usize| {
            let id = model.wrap_objid[at];
            match model.wrap_type[at] {
                wrap::JOINT => format!("{} {}", short(model.wrap_prm[at]), name(&model.names.joint, "joint", id)),
                _ => name(&model.names.site, "site", id),
            }
        };
        let entries = model.tendon_adr[tendon]..model.tendon_adr[tendon] + model.tendon_num[tendon];
        Self {
            name: name(&model.names.tendon, "tendon", tendon),
            over: entries.map(over).collect(),
            length: model.tendon_length0[tendon],
            stiffness: model.tendon_stiffness[tendon],
            damping: model.tendon_damping[tendon],
            range: model.tendon_limited[tendon].then(|| model.tendon_range[tendon]),
        }
    }
}

impl MuscleRow {
    pub(super) fn new(muscle: &Muscle) -> Self {
        let laws = muscle.laws;
        let (timeconst, activation) = match laws.activation {
            Activation::Millard { constants, smooth } => (constants, format!("MuJoCo, tausmooth {smooth}")),
            Activation::Exponential { constants, pulse } => (constants, format!("exponential, pulse {pulse} s")),
        };
        let path = match laws.path {
            Path::Transmission => String::new(),
            Path::Hinge { arms: [c1, c2], side } => format!("; hinge {c1} {c2} {side}"),
        };
        let text = format!("{:?}; {:?}; {:?}; {activation}{path}", laws.length, laws.velocity, laws.passive);
        Self {
            peak: muscle.peak,
            optimal: muscle.optimal,
            slack: muscle.slack,
            vmax: muscle.vmax,
            timeconst,
            laws: text.replace(['{', '}'], "").replace("  ", " "),
        }
    }
}

pub(super) fn tendons(rows: &[TendonRow]) -> Table {
    let mut table = Table::new(["tendon", "name", "over", "length, m", "stiffness", "damping", "range"]);
    for (index, row) in rows.iter().enumerate() {
        table.row([
            index.to_string(),
            row.name.clone(),
            row.over.join(", "),
            short(row.length),
            short(row.stiffness),
            short(row.damping),
            row.range.map_or("none".into(), |range| list(&range)),
        ]);
    }
    if rows.is_empty() { Table::default() } else { table }
}

pub(super) fn muscles(rows: &[ActuatorRow]) -> Table {
    let header = ["muscle", "name", "drives", "became", "peak, N", "optimal, m", "slack, m", "timeconst, s", "laws"];
    let mut table = Table::new(header);
    let muscles = rows.iter().enumerate().filter_map(|(ctrl, row)| Some((ctrl, row, row.muscle.as_ref()?)));
    for (index, (ctrl, row, muscle)) in muscles.enumerate() {
        table.row([
            index.to_string(),
            row.name.clone(),
            row.drives.clone(),
            format!("ctrl {ctrl}, act {index}"),
            short(muscle.peak),
            short(muscle.optimal),
            short(muscle.slack),
            list(&muscle.timeconst),
            muscle.laws.clone(),
        ]);
    }
    if table.rows().is_empty() { Table::default() } else { table }
}
