//! Quantities of the last forward evaluation that tasks (or tests) look at, kept in private variables.
//!
//! They are stored in every evaluation, so that the last one's stay. What an entry point never reads, the driver drops.

use super::{
    algebra::Spatial,
    floor::FloorContact,
    kinematics::Kinematics,
    matrix::TreeMatrix,
    pairs::PairContacts,
    solver::Solver,
    trace::{Ex, Trace},
    tree::Tree,
};
use crate::physics::model::Model;

/// What to keep of the last forward evaluation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Observe {
    /// `seen_com_x`: x of the first tree's centre of mass.
    pub com: bool,
    /// `seen_position_x`: x of this body.
    pub position: Option<usize>,
    /// `seen_inertia[10 b + k]`: MuJoCo's cinert.
    pub inertia: bool,
    /// `seen_velocity[6 b + k]`: MuJoCo's cvel.
    pub velocity: bool,
    /// `seen_contact[6 b + k]`: MuJoCo's cfrc_ext.
    pub contact: bool,
    /// Tests: `probe_mass`, `probe_bias`, `probe_floor`.
    pub probe: bool,
}

impl Observe {
    /// Declarations at module scope.
    pub(super) fn declarations(&self, model: &Model, tree: &Tree, floor: usize) -> String {
        let bodies = model.sizes.nbody;
        let mut lines = vec![];
        // Read by loops: drivers turn indices into arrays of fewer than 64 elements into ladders of conditions.
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
        if self.com {
            lines.push("var<private> seen_com_x: f32;".into());
        }
        if self.position.is_some() {
            lines.push("var<private> seen_position_x: f32;".into());
        }
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// Whether anything beyond `qpos` and `qvel` must be known before the first step.
    pub fn at_start(&self) -> bool {
        self.com || self.position.is_some() || self.inertia || self.velocity
    }

    pub(super) fn kinematics<'t>(&self, trace: &'t Trace, kin: &Kinematics<'t>) {
        if self.com {
            trace.line("seen_com_x = $;", &[kin.com[1].0[0]]);
        }
        if let Some(body) = self.position {
            trace.line("seen_position_x = $;", &[kin.pos[body].0[0]]);
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

    /// The acceleration, and the wrenches of all contacts on their bodies about the tree's centre of mass.
    pub(super) fn solved<'t>(&self, solver: &Solver<'_, 't>, kin: &Kinematics<'t>) {
        let trace = solver.trace;
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
