//! Entry point for tests: runs the stepper from given states, and exposes intermediate results of its last forward
//! evaluation.
//!
//! It calls the same function as the task's entry points.

use std::fmt::Write;

use super::{
    StepperError,
    observe::FIBRE,
    robot::{Options, Robot},
};
use crate::physics::model::Model;

/// Name of a quantity that a probe reads or writes, and its number of floats.
pub type Field = (&'static str, usize);

/// Order of the fields that the probe reads and writes in the buffer `probe`: `[field][slot]`, one float each.
#[derive(Debug)]
pub struct Layout {
    /// State and controls in, the next state out.
    pub state: Vec<Field>,
    /// Fields that the probe adds after the state.
    pub inside: Vec<Field>,
    /// Entries of the inertia matrix, in the order of the field `mass`.
    pub mass: Vec<(usize, usize)>,
    /// Geoms of the points of the field `floor`, the plane first: five numbers each (weight, distance, position).
    pub floor: Vec<[usize; 2]>,
    /// Geoms of the pairs that the field `slots` refers to, with five numbers per slot (pair or -1, distance,
    /// position).
    pub pairs: Vec<[usize; 2]>,
}

impl Layout {
    /// Returns the layout for `model` under `options`.
    ///
    /// Errors: the robot uses a feature outside the subset.
    pub fn new(model: &Model, options: &Options) -> Result<Self, StepperError> {
        let robot = Robot::new(model, options)?;
        let sizes = &model.sizes;
        let mass: Vec<_> = robot.tree.pattern().collect();
        let floor = robot.floor_points();
        let slots = robot.slots.as_ref();
        let state = vec![
            ("qpos", sizes.nq),
            ("qvel", sizes.nv),
            ("qacc", sizes.nv),
            ("act", sizes.na),
            ("ctrl", sizes.nu),
            ("overflow", 1),
        ];
        let inside = vec![
            ("mass", mass.len()),
            ("bias", sizes.nv),
            ("acceleration", sizes.nv),
            ("floor", 5 * floor.len()),
            ("slots", 5 * slots.map_or(0, |slots| slots.capacity())),
            ("com", 3 * usize::from(options.observe.com)),
            ("places", 3 * options.observe.places.len()),
            ("uprights", options.observe.uprights.len()),
            ("constraint", sizes.nv * usize::from(options.observe.constraint)),
            ("driven", sizes.nv * usize::from(options.observe.driven)),
            ("fibres", 3 * sizes.na * usize::from(options.observe.muscles)),
        ];
        Ok(Self { state, inside, mass, floor, pairs: slots.map_or(vec![], |slots| slots.geoms()) })
    }

    /// Returns the number of floats per slot.
    pub fn floats(&self) -> usize {
        self.state.iter().chain(&self.inside).map(|(_, count)| count).sum()
    }

    /// Returns the start and the length of the field `name`.
    pub fn field(&self, name: &str) -> (usize, usize) {
        let mut start = 0;
        for (known, count) in self.state.iter().chain(&self.inside) {
            if *known == name {
                return (start, *count);
            }
            start += count;
        }
        (start, 0)
    }
}

/// Returns the probe's entry point `physics_probe`, to be appended to the text of [`super::physics_text`] with
/// `observe.probe` set. It runs `run.n_slots` states for `run.episode_cap` steps, with at most `run.generation`
/// evaluations per step (1 stops after the first, to inspect it).
///
/// Errors: the robot uses a feature outside the subset.
pub fn probe_text(model: &Model, options: &Options) -> Result<String, StepperError> {
    let layout = Layout::new(model, options)?;
    let mut state = vec![];
    for (name, count) in layout.state.iter().filter(|(name, _)| *name != "overflow") {
        state.extend((0..*count).map(|i| format!("{name}_{i}")));
    }
    let mut text = format!(
        "\n#import physics/loops\nvar<storage, read_write> probe_inout: array<f32>;\nvar<private> probe_state: array<f32, {}>;\n",
        state.len().max(64)
    );
    text.push_str(HEAD);
    text.push_str(&copy(0, state.len(), |at| format!("probe_state[k] = {at};")));
    for (i, name) in state.iter().enumerate() {
        let _ = writeln!(text, "    {name} = probe_state[{i}];");
    }
    text.push_str("    physics_step(run.episode_cap, run.generation);\n");
    for (i, name) in state.iter().enumerate() {
        let _ = writeln!(text, "    probe_state[{i}] = {name};");
    }
    text.push_str(&copy(0, state.len(), |at| format!("{at} = probe_state[k];")));
    text.push_str(&copy(state.len(), 1, |at| format!("{at} = f32(contact_overflow);")));
    text.push_str(&inside(&layout, state.len() + 1));
    Ok(text + "}\n")
}

const HEAD: &str = "
@compute @workgroup_size(8)
fn physics_probe(@builtin(global_invocation_id) gid: vec3<u32>) {
    let slot = gid.x;
    if (slot >= run.n_slots) { return; }
";

/// Returns a loop over `count` fields from field `start` on. `body` gets the field's place in the buffer.
fn copy(start: usize, count: usize, body: impl Fn(&str) -> String) -> String {
    let place = format!("probe_inout[({start}u + k) * run.n_slots + slot]");
    format!("    for (var k = 0u; k < at_run_time({count}u); k++) {{ {} }}\n", body(&place))
}

/// Returns the stores of the fields after the state, from field `at` on.
fn inside(layout: &Layout, mut at: usize) -> String {
    let mut text = String::new();
    for (name, count) in layout.inside.iter().filter(|(_, count)| *count > 0) {
        text.push_str(&match *name {
            "slots" => slots(at, count / 5),
            "com" => axes(at, |_| "seen_com".into(), 1),
            "places" => axes(at, |k| format!("seen_place_{k}"), count / 3),
            "driven" => (0..*count).map(|dof| store(at + dof, &format!("seen_driven_{dof}"))).collect(),
            "fibres" => (0..*count).map(|k| store(at + k, &fibre(k / 3, k % 3))).collect(),
            "uprights" => (0..*count).map(|k| store(at + k, &format!("seen_upright_{k}"))).collect(),
            "constraint" => copy(at, *count, |place| format!("{place} = seen_constraint[k];")),
            _ => copy(at, *count, |place| format!("{place} = probe_{name}[k];")),
        });
        at += count;
    }
    text
}

/// Returns the variable of a muscle's length, velocity or force.
fn fibre(muscle: usize, part: usize) -> String {
    format!("seen_muscle_{}_{muscle}", FIBRE[part])
}

fn store(field: usize, value: &str) -> String {
    format!("    probe_inout[{field}u * run.n_slots + slot] = {value};\n")
}

/// Returns the stores of the coordinates of `count` points.
fn axes(at: usize, name: impl Fn(usize) -> String, count: usize) -> String {
    let axis = |n: usize| store(at + n, &format!("{}_{}", name(n / 3), ["x", "y", "z"][n % 3]));
    (0..3 * count).map(axis).collect()
}

/// Returns the stores of five numbers per slot, -1 if it is empty.
fn slots(start: usize, count: usize) -> String {
    let values = ["f32(slot_pair[k])", "slot_dist[k]", "slot_point[k].x", "slot_point[k].y", "slot_point[k].z"];
    let stores: String = (0..5)
        .map(|i| {
            let place = format!("probe_inout[({start}u + 5u * k + {i}u) * run.n_slots + slot]");
            format!("        {place} = select(-1.0, {}, k < slots_used);\n", values[i])
        })
        .collect();
    format!("    for (var k = 0u; k < at_run_time({count}u); k++) {{\n{stores}    }}\n")
}
