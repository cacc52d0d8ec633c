//! Quantities of the last forward evaluation that tasks (or tests) read, kept in private variables.
//!
//! They are stored in every evaluation, so those of the last one remain. The driver drops those that an entry point
//! never reads.

use super::{
    algebra::{Spatial, V3},
    floor::FloorContact,
    kinematics::Kinematics,
    matrix::TreeMatrix,
    muscle::Fibre,
    pairs::PairContacts,
    solver::Solver,
    trace::{Ex, Trace, Var},
    tree::Tree,
};
use crate::physics::{
    model::{Model, Vec3},
    muscle::Muscle,
};

/// Observed quantities of a muscle.
pub(super) const FIBRE: [&str; 3] = ["length", "velocity", "force"];
const AXES: [&str; 3] = ["x", "y", "z"];

/// A point that moves with a body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Index of the body.
    pub body: usize,
    /// Offset from its origin, in its axes, m.
    pub offset: Vec3,
}

impl Place {
    /// Returns a body's origin.
    pub fn origin(body: usize) -> Self {
        Self { body, offset: [0.0; 3] }
    }
}

/// Quantities to keep of the last forward evaluation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observe {
    /// `seen_com_x`, `_y`, `_z`: the first tree's centre of mass.
    pub com: bool,
    /// `seen_place_0_x` and so on: these points.
    pub places: Vec<Place>,
    /// `seen_upright_0` and so on: z components of the z axes of these bodies, 1 upright, -1 upside down.
    pub uprights: Vec<usize>,
    /// `seen_constraint[dof]`: joint forces of limits and contacts (MuJoCo's qfrc_constraint).
    pub constraint: bool,
    /// `seen_inertia[10 b + k]`: MuJoCo's cinert.
    pub inertia: bool,
    /// `seen_velocity[6 b + k]`: MuJoCo's cvel.
    pub velocity: bool,
    /// `seen_contact[6 b + k]`: MuJoCo's cfrc_ext.
    pub contact: bool,
    /// `seen_muscle_length_0`, `seen_muscle_velocity_0` (normalised) and `seen_muscle_force_0` (N), and so on.
    pub muscles: bool,
    /// `seen_driven_0` and so on: joint forces of all actuators.
    pub driven: bool,
    /// For tests: `probe_mass`, `probe_bias`, `probe_acceleration`, `probe_floor`.
    pub probe: bool,
}

impl Observe {
    /// Returns the declarations at module scope.
    pub(super) fn declarations(&self, model: &Model, tree: &Tree, floor: usize) -> String {
        let bodies = model.sizes.nbody;
        let mut lines = vec![];
        // At least 64 elements, since loops read the arrays: drivers turn indexing of smaller ones into ladders of
        // conditions.
        let mut array = |wanted: bool, name: &str, count: usize| {
            if wanted {
                lines.push(format!("var<private> {name}: array<f32, {}>;", count.max(64)));
            }
        };
        array(self.inertia, "seen_inertia", 10 * bodies);
        array(self.velocity, "seen_velocity", 6 * bodies);
        array(self.contact, "seen_contact", 6 * bodies);
        array(self.probe, "probe_mass", tree.pattern().count());
        array(self.probe, "probe_bias", tree.nv());
        array(self.probe, "probe_acceleration", tree.nv());
        array(self.probe && floor > 0, "probe_floor", 5 * floor);
        array(self.constraint, "seen_constraint", tree.nv());
        let muscles = Muscle::all(model).len() * usize::from(self.muscles);
        let fibres = (0..muscles).flat_map(|m| FIBRE.map(|part| format!("seen_muscle_{part}_{m}")));
        let driven = (0..tree.nv() * usize::from(self.driven)).map(|dof| format!("seen_driven_{dof}"));
        lines.extend(
            self.scalars().into_iter().chain(fibres).chain(driven).map(|name| format!("var<private> {name}: f32;")),
        );
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// Returns the variables that each hold one number.
    fn scalars(&self) -> Vec<String> {
        let points = self.com.then_some("seen_com".to_string()).into_iter();
        let points = points.chain((0..self.places.len()).map(|k| format!("seen_place_{k}")));
        let axes = |point: String| AXES.map(|axis| format!("{point}_{axis}"));
        points.flat_map(axes).chain((0..self.uprights.len()).map(|k| format!("seen_upright_{k}"))).collect()
    }

    /// Returns whether any quantity that follows from `qpos` and `qvel` by kinematics must be known before the first
    /// step.
    pub fn at_start(&self) -> bool {
        self.inertia || self.velocity || self.muscles || !self.scalars().is_empty()
    }

    pub(super) fn kinematics<'t>(&self, trace: &'t Trace, kin: &Kinematics<'t>) {
        let point = |name: String, place: V3<'t>| {
            AXES.iter().zip(place.0).for_each(|(axis, x)| trace.line(&format!("{name}_{axis} = $;"), &[x]));
        };
        if self.com {
            point("seen_com".into(), kin.com[1]);
        }
        for (k, place) in self.places.iter().enumerate() {
            point(format!("seen_place_{k}"), kin.pos[place.body] + kin.rot[place.body].turn(place.offset));
        }
        for (k, &body) in self.uprights.iter().enumerate() {
            trace.line(&format!("seen_upright_{k} = $;"), &[kin.rot[body].0[2].0[2]]);
        }
        if self.inertia {
            for (body, inertia) in kin.inertia.iter().enumerate().skip(1) {
                let first = inertia.first.0;
                store(trace, "seen_inertia", 10 * body, &inertia.moment);
                store(trace, "seen_inertia", 10 * body + 6, &first);
                store(trace, "seen_inertia", 10 * body + 9, &[trace.num(inertia.mass)]);
            }
        }
    }

    pub(super) fn fibres<'t>(&self, trace: &'t Trace, fibres: &[Fibre<'t>]) {
        for (m, fibre) in fibres.iter().enumerate().filter(|_| self.muscles) {
            for (part, value) in FIBRE.iter().zip([fibre.length, fibre.velocity, fibre.force]) {
                trace.line(&format!("seen_muscle_{part}_{m} = $;"), &[value]);
            }
        }
    }

    pub(super) fn driven<'t>(&self, trace: &'t Trace, force: &[Ex<'t>]) {
        for (dof, force) in force.iter().enumerate().filter(|_| self.driven) {
            trace.line(&format!("seen_driven_{dof} = $;"), &[*force]);
        }
    }

    pub(super) fn velocity<'t>(&self, trace: &'t Trace, velocity: &[Spatial<'t>]) {
        if self.velocity {
            for (body, velocity) in velocity.iter().enumerate().skip(1) {
                store(trace, "seen_velocity", 6 * body, &velocity.components());
            }
        }
    }

    pub(super) fn dynamics<'t>(&self, trace: &'t Trace, tree: &Tree, mass: &TreeMatrix<'t>, bias: &[Ex<'t>]) {
        if self.probe {
            let mass: Vec<_> = tree.pattern().map(|(i, j)| mass.at(i, j)).collect();
            store(trace, "probe_mass", 0, &mass);
            store(trace, "probe_bias", 0, bias);
        }
    }

    pub(super) fn floor<'t>(&self, trace: &'t Trace, floor: &[FloorContact<'t>]) {
        if self.probe {
            for (index, contact) in floor.iter().enumerate() {
                let [x, y, z] = contact.pos.0;
                store(trace, "probe_floor", 5 * index, &[contact.weight, contact.dist, x, y, z]);
            }
        }
    }

    /// Stores constraint forces, accelerations, and the wrenches of all contacts on their bodies about the tree's
    /// centre of mass.
    ///
    /// `excess` is inertia times acceleration minus all forces except those of the constraints. At the solution it is
    /// the force of the constraints.
    pub(super) fn solved<'t>(&self, solver: &Solver<'_, 't>, kin: &Kinematics<'t>, excess: &[Var]) {
        let trace = solver.trace;
        if self.constraint {
            let force: Vec<_> = excess.iter().map(|var| trace.get(var)).collect();
            store(trace, "seen_constraint", 0, &force);
        }
        if self.probe {
            let acceleration: Vec<_> = solver.acceleration.iter().map(|var| trace.get(var)).collect();
            store(trace, "probe_acceleration", 0, &acceleration);
        }
        if self.contact {
            self.contact_forces(trace, solver.model, solver.floor, solver.pairs, kin);
        }
    }

    fn contact_forces<'t>(
        &self,
        trace: &'t Trace,
        model: &Model,
        floor: &[FloorContact<'t>],
        pairs: Option<&PairContacts>,
        kin: &Kinematics<'t>,
    ) {
        trace.comment("forces of the contacts on the bodies");
        trace.open("if (last_evaluation)", &[]);
        for body in 1..model.sizes.nbody {
            let own = floor.iter().filter(|contact| contact.body == body);
            let total = own.fold(Spatial::zero(trace), |sum, contact| {
                sum + contact.wrench(contact.residual(trace)) * trace.num(-1.0)
            });
            store(trace, "seen_contact", 6 * body, &total.components());
        }
        if let Some(pairs) = pairs {
            pairs.forces(trace, kin.com[1], "seen_contact");
        }
        trace.close();
    }
}

fn store<'t>(trace: &'t Trace, array: &str, start: usize, values: &[Ex<'t>]) {
    for (k, value) in values.iter().enumerate() {
        trace.line(&format!("{array}[{}] = $;", start + k), &[*value]);
    }
}
