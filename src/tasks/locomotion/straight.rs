//! Entry points `task_reset` and `task_step` of straight-line code: state in and out, actions, observation.

use std::fmt::Write;

use super::{
    Controls, Origin, describe,
    names::{Names, Straight},
    score,
    spec::{Progress, Slice, Spec},
    text::{clipped, literal},
};
use crate::{
    physics::{
        model::Model,
        stepper::{
            motor_forces, state_names,
            trace::{Trace, Var},
        },
    },
    tasks::Starts,
};

/// Imports and buffers of the entry points.
pub const IMPORTS: &str = "\
#import numerics/philox
#import rollout/run
#import rollout/episode
#import rollout/task_slot
#import physics/loops
#import tasks/locomotion/random
#import tasks/locomotion/action
#import tasks/locomotion/record
var<storage, read_write> obs_out: array<f32>;
var<storage, read_write> task_state_inout: array<f32>;
var<storage, read_write> episode_inout: array<Episode>;
var<storage, read_write> terms_inout: array<f32>;
";

/// Returns the private variables that make up an environment's state, in the order of the fields of `task_state`.
pub fn state_fields(spec: &Spec, model: &Model) -> Vec<String> {
    let mut fields = state_names(model);
    let place = spec.progress.filter(|progress| !matches!(progress, Progress::Position(_)));
    fields.extend(place.map(|progress| Straight::new(spec, model).place(progress)));
    fields
}

/// Returns functions that load and store the state, functions for health and reward, and both entry points.
pub fn entries(spec: &Spec, model: &Model, origin: Origin) -> String {
    let names = Straight::new(spec, model);
    let copied = state_fields(spec, model).len().max(copied_entries(spec, &names)).max(64);
    let motors = if needs_motors(spec, model) {
        (0..model.sizes.nv).map(|dof| format!("var<private> motor_{dof}: f32;\n")).collect()
    } else {
        String::new()
    };
    format!(
        "\n{COPIED}var<private> copied: array<f32, {copied}>;\n{motors}{}{}{HEAD_RESET}{}}}\n\n{HEAD_STEP}{}}}\n",
        load_and_store(&state_fields(spec, model)),
        score::text(spec, model, &names),
        reset(spec, model, &names, origin.starts),
        step(spec, model, &names, origin.controls)
    )
}

const COPIED: &str = "\
// State and observation pass through this array in loops, since a driver compiles each written copy anew;
// below 64 elements it would turn the loops into ladders of conditions.
";

const HEAD_RESET: &str = "
@compute @workgroup_size(TASK_WORKGROUP)
fn task_reset(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = fresh_slot(gid, groups);
    if (slot == NO_SLOT) { return; }
    let start = start_of(episode_inout[slot].life);
";

const HEAD_STEP: &str = "\
@compute @workgroup_size(TASK_WORKGROUP)
fn task_step(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = living_slot(gid, groups);
    if (slot == NO_SLOT) { return; }
    var episode = episode_inout[slot];
    if ((episode.status & DONE) != 0u) { return; }
    load_state(slot);
    let life = episode.life;
";

fn load_and_store(fields: &[String]) -> String {
    let each = |body: &str| {
        format!("    for (var field = 0u; field < at_run_time({}u); field++) {{ {body} }}\n", fields.len())
    };
    let place = "task_state_inout[field * N_SLOTS + slot]";
    let lines = |line: &dyn Fn(usize, &String) -> String| -> String {
        fields.iter().enumerate().map(|(field, name)| format!("    {}\n", line(field, name))).collect()
    };
    format!(
        "\nfn load_state(slot: u32) {{\n{}{}}}\n\nfn store_state(slot: u32) {{\n{}{}}}\n",
        each(&format!("copied[field] = {place};")),
        lines(&|field, name| format!("{name} = copied[{field}];")),
        lines(&|field, name| format!("copied[{field}] = {name};")),
        each(&format!("{place} = copied[field];")),
    )
}

fn reset(spec: &Spec, model: &Model, names: &Straight, starts: Starts) -> String {
    let mut text = match starts {
        Starts::Drawn => draw(spec, model),
        Starts::Given => "    load_state(slot);\n".into(),
    };
    if super::options(spec, model, false).observe.at_start() {
        text.push_str("    physics_observe();\n");
    }
    text + &observation(spec, names) + "    store_state(slot);\n"
}

/// Returns statements that set the state to the model's pose plus noise.
fn draw(spec: &Spec, model: &Model) -> String {
    let mut text = String::from("    // start state: the model's pose, and noise\n");
    let (nq, nv, start) = (model.sizes.nq, model.sizes.nv, &spec.start);
    let fill = |from: usize, count: usize, value: &str| {
        format!("    for (var i = 0u; i < at_run_time({count}u); i++) {{ noise[{from}u + i] = {value}; }}\n")
    };
    let _ = writeln!(text, "    var noise: array<f32, {}>;", nq + nv);
    text.push_str(&fill(0, nq + nv, "start_uniform(i, start)"));
    if start.normal_velocities {
        text.push_str(&fill(nq, nv, "start_normal(i, start)"));
    }
    for i in 0..nq {
        let [pose, scale] = [model.qpos0[i], start.positions[i]].map(literal);
        if start.hollow[i] > 0.0 {
            let [inner, width] = [start.hollow[i], start.positions[i] - start.hollow[i]].map(literal);
            let _ = writeln!(text, "    noise[{i}] *= {width};");
            let _ =
                writeln!(text, "    qpos_{i} = noise[{i}] + select(-{inner}, {inner}, noise[{i}] >= 0.0) + {pose};");
            continue;
        }
        let _ = writeln!(text, "    qpos_{i} = {scale} * noise[{i}] + {pose};");
    }
    for disc in &start.discs {
        let (first, radius) = (disc.first, literal(disc.radius));
        let _ = writeln!(text, "    let disc_{first} = {radius} * start_disc({first}u, start);");
        let _ = writeln!(text, "    qpos_{first} = disc_{first}.x;\n    qpos_{} = disc_{first}.y;", first + 1);
    }
    for i in 0..nv {
        let scale = literal(start.velocities[i]);
        let _ = writeln!(text, "    qvel_{i} = {scale} * noise[{}];\n    qacc_{i} = 0.0;", nq + i);
    }
    for name in &state_names(model)[nq + 2 * nv..] {
        let _ = writeln!(text, "    {name} = 0.0;");
    }
    text
}

fn step(spec: &Spec, model: &Model, names: &Straight, from: Controls) -> String {
    let mut text = controls(model, from);
    let place = spec.progress.map_or("0.0".into(), |progress| names.place(progress));
    let _ = writeln!(text, "    let place_before = {place};");
    text.push_str("    contact_overflow = 0u;\n");
    let _ = writeln!(text, "    physics_step({}u, {}u);", spec.frame_skip, spec.integrator.stages());
    if needs_motors(spec, model) {
        text.push_str(&motors(model));
    }
    text.push_str(&observation(spec, names));
    text.push_str("    // a state that is not a number, or beyond MuJoCo's limit of 1e10\n    var largest = 0u;\n");
    for field in state_fields(spec, model) {
        let _ = writeln!(text, "    largest = max(largest, bitcast<u32>({field}) & 0x7fffffffu);");
    }
    text.push_str("    let broken = largest > bitcast<u32>(1e10f);\n    let healthy = !broken & is_healthy();\n");
    let falls_end = spec.terminate_when_unhealthy && !spec.healthy.is_empty();
    let fallen = if falls_end { "!healthy" } else { "false" };
    let _ = writeln!(text, "    episode = after_step(episode, contact_overflow, broken, {fallen});");
    text.push_str("    let reward = score(slot, place_before, healthy, broken);\n");
    text + "    if (!broken) { episode.return_sum += reward; }\n    episode_inout[slot] = episode;\n    store_state(slot);\n"
}

/// Returns statements that read or draw the action and set the controls.
fn controls(model: &Model, from: Controls) -> String {
    let nu = model.sizes.nu;
    if nu == 0 {
        return String::new();
    }
    let mut text = format!(
        "    // outputs in [-1, 1] map linearly on the motors' ranges\n    var action: array<f32, {nu}>;\n    \
         for (var i = 0u; i < at_run_time({nu}u); i++) {{ action[i] = task_action(i, {nu}u, slot, life, episode.length); }}\n"
    );
    for i in 0..nu {
        let [low, high] = from.range(model, i);
        let [reach, middle] = [0.5 * (high - low), 0.5 * (high + low)].map(literal);
        let _ = writeln!(text, "    ctrl_{i} = {reach} * action[{i}] + {middle};");
    }
    text
}

fn needs_motors(spec: &Spec, model: &Model) -> bool {
    spec.feels_motors() && !model.is_pulled()
}

/// Returns statements that set the motor force of every dof from the controls.
fn motors(model: &Model) -> String {
    let trace = Trace::new();
    let ctrl: Vec<_> = (0..model.sizes.nu).map(|i| trace.get(&Var(format!("ctrl_{i}")))).collect();
    for (dof, force) in motor_forces(&trace, model, &ctrl).into_iter().enumerate() {
        trace.line(&format!("motor_{dof} = $;"), &[force]);
    }
    trace.finish()
}

/// Returns the number of entries of the observation that no array of the stepper holds.
fn copied_entries(spec: &Spec, names: &Straight) -> usize {
    spec.observation
        .iter()
        .filter(|part| names.indexed(&part.source, "0u").is_none())
        .map(|part| part.range.len())
        .sum()
}

/// Returns statements that write the observation.
fn observation(spec: &Spec, names: &Straight) -> String {
    let length = describe::length(spec);
    let mut text = format!("    // observation\n    let obs_start = slot * {length}u;\n");
    let (mut at, mut copied) = (0, 0);
    for part in &spec.observation {
        let source = source(&mut text, part, names, &mut copied);
        let count = part.range.len();
        let _ = writeln!(
            text,
            "    for (var k = 0u; k < at_run_time({count}u); k++) {{ obs_out[obs_start + {at}u + k] = {source}; }}"
        );
        at += count;
    }
    text
}

/// Returns number `k` of a part: of the stepper's array, or of `copied`, which statements added to `text` fill first.
fn source(text: &mut String, part: &Slice, names: &Straight, copied: &mut usize) -> String {
    if let Some(value) = names.indexed(&part.source, &format!("({}u + k)", part.range.start)) {
        return clipped(&value, part.clip);
    }
    let first = *copied;
    for k in part.range.clone() {
        let _ = writeln!(text, "    copied[{copied}] = {};", clipped(&names.at(&part.source, k), part.clip));
        *copied += 1;
    }
    format!("copied[{first}u + k]")
}
