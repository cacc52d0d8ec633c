//! The entry point for tests: runs the stepper from given states, and shows the inside of its last forward evaluation.
//!
//! It calls the very function that the task's entry points call.

use std::fmt::Write;

use super::{
    StepperError,
    step::{Options, Robot},
};
use crate::physics::model::Model;

/// A number that a probe reads or writes, and how many of it there are.
pub type Field = (&'static str, usize);

/// What the probe reads and writes, in order, in the buffer `probe`: `[field][slot]`, one float each.
#[derive(Debug)]
pub struct Layout {
    /// State and controls in, the next state out.
    pub state: Vec<Field>,
    /// What the probe adds after the state.
    pub inside: Vec<Field>,
    /// Entries of the inertia matrix, in the order of the field `mass`.
    pub mass: Vec<(usize, usize)>,
    /// Geoms of the points of the field `floor`: five numbers each (weight, distance, position).
    pub floor: Vec<usize>,
    /// Geoms of the pairs that the field `slots` numbers: five numbers each (pair or -1, distance, position).
    pub pairs: Vec<[usize; 2]>,
}

impl Layout {
    /// The layout for `model` under `options`.
    ///
    /// Errors: the robot uses a feature outside the subset.
    pub fn new(model: &Model, options: &Options) -> Result<Self, StepperError> {
        let robot = Robot::new(model, options)?;
        let sizes = &model.sizes;
        let mass: Vec<_> = robot.tree.pattern().collect();
        let floor: Vec<usize> =
            robot.floor_points().iter().flat_map(|&(geom, count)| std::iter::repeat_n(geom, count)).collect();
        let slots = robot.slots.as_ref();
        let state =
            vec![("qpos", sizes.nq), ("qvel", sizes.nv), ("qacc", sizes.nv), ("ctrl", sizes.nu), ("overflow", 1)];
        let inside = vec![
            ("mass", mass.len()),
            ("bias", sizes.nv),
            ("acceleration", sizes.nv),
            ("floor", 5 * floor.len()),
            ("slots", 5 * slots.map_or(0, |slots| slots.capacity())),
            ("com_x", usize::from(options.observe.com)),
            ("position_x", usize::from(options.observe.position.is_some())),
        ];
        Ok(Self { state, inside, mass, floor, pairs: slots.map_or(vec![], |slots| slots.geoms()) })
    }

    /// Floats a slot.
    pub fn floats(&self) -> usize {
        self.state.iter().chain(&self.inside).map(|(_, count)| count).sum()
    }

    /// Where the field `name` starts, and its length.
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

/// The probe's text: entry point `physics_probe`, to follow the text of [`super::physics_text`] with `observe.probe` set.
/// Needs `#import rollout/run`: `run.n_slots` states, `run.episode_cap` steps, `run.generation` evaluations a step at most
/// (1: stop after the first, to look inside it).
///
/// Errors: the robot uses a feature outside the subset.
pub fn probe_text(model: &Model, options: &Options) -> Result<String, StepperError> {
    let layout = Layout::new(model, options)?;
    let mut text = String::from("#buffer probe_inout: array<f32>\n");
    let mut load = String::new();
    let mut keep = String::new();
    let mut at = 0;
    for (name, count) in &layout.state {
        for i in 0..*count {
            if *name == "overflow" {
                let _ = writeln!(keep, "    probe_inout[{at}u * run.n_slots + slot] = f32(contact_overflow);");
            } else {
                let _ = writeln!(load, "    {name}_{i} = probe_inout[{at}u * run.n_slots + slot];");
                let _ = writeln!(keep, "    probe_inout[{at}u * run.n_slots + slot] = {name}_{i};");
            }
            at += 1;
        }
    }
    let _ = write!(
        text,
        "\n@compute @workgroup_size(8)\nfn physics_probe(@builtin(global_invocation_id) gid: vec3<u32>) {{\n    let slot = gid.x;\n    \
         if (slot >= run.n_slots) {{ return; }}\n{load}    physics_step(run.episode_cap, run.generation);\n{keep}{}}}\n",
        inside(&layout, at)
    );
    Ok(text)
}

/// Stores of what the probe shows, from field `at` on.
fn inside(layout: &Layout, mut at: usize) -> String {
    let mut text = String::new();
    for (name, count) in &layout.inside {
        for i in 0..*count {
            let value = match *name {
                "slots" => {
                    let slot = i / 5;
                    let value =
                        ["f32(slot_pair[S])", "slot_dist[S]", "slot_point[S].x", "slot_point[S].y", "slot_point[S].z"]
                            [i % 5];
                    format!("select(-1.0, {}, {slot}u < slots_used)", value.replace('S', &slot.to_string()))
                }
                "com_x" | "position_x" => format!("seen_{name}"),
                _ => format!("probe_{name}[{i}]"),
            };
            let _ = writeln!(text, "    probe_inout[{at}u * run.n_slots + slot] = {value};");
            at += 1;
        }
    }
    text
}
