//! Head of a robot's step: imports, and the private variables of its state and of observed quantities.

use std::fmt::Write;

use super::{contact::Pair, muscle::MuscleLengths, pairs::PairContacts, robot::Robot, trace::Var};
use crate::physics::{model::Model, muscle::Muscle};

/// Returns the private variables of a robot's state, without controls. They are positions, velocities, accelerations
/// of the last evaluation, activations, and the physics steps that are left of their pulses.
pub fn state_names(model: &Model) -> Vec<String> {
    let muscles = Muscle::all(model);
    let held =
        |(m, muscle): (usize, &Muscle)| (muscle.pulse_steps(model.opt.timestep) > 0).then(|| format!("pulse_{m}"));
    let sizes = [("qpos", model.sizes.nq), ("qvel", model.sizes.nv), ("qacc", model.sizes.nv), ("act", muscles.len())];
    let arrays = sizes.iter().flat_map(|(name, count)| places(name, *count)).map(|var| var.0);
    arrays.chain(muscles.iter().enumerate().filter_map(held)).collect()
}

/// Returns the variables of a state array.
pub(super) fn places(name: &str, count: usize) -> Vec<Var> {
    (0..count).map(|i| Var(format!("{name}_{i}"))).collect()
}

pub(super) fn header(robot: &Robot) -> String {
    let model = robot.model;
    let mut text = String::from(
        "#import physics/math\n\n// state: positions, velocities, accelerations of the last evaluation (warm start), activations, controls\n",
    );
    for name in state_names(model).into_iter().chain(places("ctrl", model.sizes.nu).into_iter().map(|var| var.0)) {
        let _ = writeln!(text, "var<private> {name}: f32;");
    }
    if !robot.muscles.is_empty() {
        text.insert_str(0, "#import numerics/exp\n#import numerics/atan\n");
    }
    if robot.options.muscle_lengths == MuscleLengths::Private {
        for m in 0..robot.muscles.len() {
            let _ = writeln!(text, "var<private> muscle_{m}_optimal: f32;\nvar<private> muscle_{m}_slack: f32;");
        }
    }
    text.push_str(
        "// contacts of pairs that found no slot, summed over evaluations\nvar<private> contact_overflow: u32;\n",
    );
    if robot.slots.as_ref().is_some_and(PairContacts::has_tangents) || robot.pairs.iter().any(Pair::is_stiff) {
        text.insert_str(0, "#import physics/grip\n");
    }
    if robot.has_multipliers() {
        text.insert_str(0, "#import physics/multipliers\n");
    }
    if let Some(slots) = &robot.slots {
        text.push_str(&slots.tables(model, &robot.tree));
        text.push_str(&slots.declarations());
    }
    let floor = robot.floor_points().len();
    text + &robot.options.observe.declarations(model, &robot.tree, floor)
}
