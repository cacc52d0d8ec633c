//! The entry points `task_reset` and `task_step`: state in and out, actions, observation, reward, termination.

use std::fmt::Write;

use super::{
    Controls, Source,
    spec::{ContactCost, Part, Progress, Spec, StateIndex},
    text,
};
use crate::{
    physics::{
        model::Model,
        stepper::{
            motor_forces,
            trace::{Ex, Trace},
        },
    },
    tasks::{Starts, Term},
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
#buffer obs_out: array<f32>
#buffer task_state_inout: array<f32>
#buffer episode_inout: array<Episode>
#buffer terms_inout: array<f32>
";

/// The private variables that make up an environment's state, in the order of the fields of `task_state`.
pub fn state_fields(spec: &Spec, model: &Model) -> Vec<String> {
    let sizes = [("qpos", model.sizes.nq), ("qvel", model.sizes.nv), ("qacc", model.sizes.nv)];
    let mut fields: Vec<String> =
        sizes.iter().flat_map(|(name, count)| (0..*count).map(move |i| format!("{name}_{i}"))).collect();
    fields.extend(place(spec).filter(|place| *place != "qpos_0").map(String::from));
    fields
}

/// The variable whose change is progress.
fn place(spec: &Spec) -> Option<&'static str> {
    spec.progress.map(|progress| match progress {
        Progress::Root => "qpos_0",
        Progress::CentreOfMass => "seen_com_x",
        Progress::Body(_) => "seen_position_x",
    })
}

/// The sums kept over an episode.
pub fn terms(spec: &Spec) -> Vec<Term> {
    let mut terms = vec![];
    if spec.progress.is_some() {
        terms.push(Term::reward("reward_forward"));
    }
    if spec.healthy_reward != 0.0 {
        terms.push(Term::reward("reward_survive"));
    }
    if spec.ctrl_cost_weight != 0.0 {
        terms.push(Term::reward("reward_ctrl"));
    }
    if spec.contact_cost.is_some() {
        terms.push(Term::reward("reward_contact"));
    }
    if spec.progress.is_some() {
        terms.push(Term::info("x_velocity"));
    }
    terms
}

/// Functions that load and store the state, and both entry points.
pub fn entries(spec: &Spec, model: &Model, source: Source) -> String {
    let fields = state_fields(spec, model);
    let count = fields.len();
    let mut load = String::new();
    let mut store = String::new();
    for (field, name) in fields.iter().enumerate() {
        let _ = writeln!(load, "    {name} = copied[{field}];");
        let _ = writeln!(store, "    copied[{field}] = {name};");
    }
    let each = |body: &str| format!("    for (var field = 0u; field < at_run_time({count}u); field++) {{ {body} }}\n");
    load.insert_str(0, &each("copied[field] = task_state_inout[field * N_SLOTS + slot];"));
    store.push_str(&each("task_state_inout[field * N_SLOTS + slot] = copied[field];"));
    format!(
        "\n{COPIED}var<private> copied: array<f32, {}>;\n\nfn load_state(slot: u32) {{\n{load}}}\n\n\
         fn store_state(slot: u32) {{\n{store}}}\n\n{HEAD_RESET}{}}}\n\n{HEAD_STEP}{}}}\n",
        count.max(plain_entries(spec, model)).max(64),
        reset(spec, model, source.starts),
        step(spec, model, source)
    )
}

const COPIED: &str = "\
// State and observation pass through this array in loops, since a driver compiles each written copy anew;
// below 64 elements it would turn the loops into ladders of conditions.
";

const HEAD_RESET: &str = "\
@compute @workgroup_size(TASK_WORKGROUP)
fn task_reset(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = fresh_slot(gid, groups);
    if (slot == NO_SLOT) { return; }
    let member = episode_inout[slot].member;
";

const HEAD_STEP: &str = "\
@compute @workgroup_size(TASK_WORKGROUP)
fn task_step(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = living_slot(gid, groups);
    if (slot == NO_SLOT) { return; }
    var episode = episode_inout[slot];
    if ((episode.status & DONE) != 0u) { return; }
";

fn reset(spec: &Spec, model: &Model, starts: Starts) -> String {
    let trace = Trace::new();
    match starts {
        Starts::Drawn => draw(&trace, spec, model),
        Starts::Given => trace.raw("load_state(slot);"),
    }
    if needs_observe(spec) {
        trace.raw("physics_observe();");
    }
    let zero = trace.num(0.0);
    let motors = vec![zero; model.sizes.nv];
    observation(&trace, spec, model, &motors, false);
    trace.raw("store_state(slot);");
    trace.finish()
}

/// Sets the state to the model's pose, and noise.
fn draw(trace: &Trace, spec: &Spec, model: &Model) {
    trace.comment("start state: the model's pose, and noise");
    let (nq, nv) = (model.sizes.nq, model.sizes.nv);
    let scale = spec.reset_noise_scale;
    trace.raw(&format!("var noise: array<f32, {}>;", nq + nv));
    trace.raw(&format!(
        "for (var i = 0u; i < at_run_time({}u); i++) {{ noise[i] = start_uniform(i, member); }}",
        nq + nv
    ));
    if spec.normal_velocities {
        trace.raw(&format!(
            "for (var i = 0u; i < at_run_time({nv}u); i++) {{ noise[{nq}u + i] = start_normal(i, member); }}"
        ));
    }
    for i in 0..nq {
        trace.line(&format!("qpos_{i} = $;"), &[trace.read(&format!("noise[{i}]")) * scale + model.qpos0[i]]);
    }
    for i in 0..nv {
        trace.line(&format!("qvel_{i} = $;"), &[trace.read(&format!("noise[{}]", nq + i)) * scale]);
        trace.raw(&format!("qacc_{i} = 0.0;"));
    }
}

/// Whether the observation or the state holds something that follows from `qpos` and `qvel` by kinematics.
fn needs_observe(spec: &Spec) -> bool {
    let seen = |part: &Part| matches!(part, Part::Inertias | Part::BodyVelocities);
    place(spec).is_some_and(|place| place != "qpos_0") || spec.observation.iter().any(seen)
}

fn step(spec: &Spec, model: &Model, source: Source) -> String {
    let trace = Trace::new();
    trace.raw("load_state(slot);\nlet member = episode.member;");
    let ctrl = controls(&trace, model, source.controls);
    let before = place(spec).map(|place| trace.read(place).named("place_before"));
    if let Some(before) = before {
        trace.line("let start = $;", &[before]);
    }
    trace.raw("contact_overflow = 0u;");
    trace.raw(&format!("physics_step({}u, {}u);", spec.frame_skip, spec.integrator.stages()));
    observation(&trace, spec, model, &motor_forces(&trace, model, &ctrl), true);
    reward(&trace, spec, model, &ctrl);
    trace.comment("the episode's record");
    let falls_end = spec.terminate_when_unhealthy && !spec.healthy.is_empty();
    let fallen = if falls_end { "!healthy" } else { "false" };
    trace.raw(&format!("episode = after_step(episode, contact_overflow, broken, {fallen});"));
    trace.raw("episode_inout[slot] = episode;\nstore_state(slot);");
    trace.finish()
}

/// Reads or draws the action; returns the controls.
fn controls<'t>(trace: &'t Trace, model: &Model, source: Controls) -> Vec<Ex<'t>> {
    let nu = model.sizes.nu;
    if nu == 0 {
        return vec![];
    }
    trace.comment("outputs in [-1, 1] map linearly on the motors' ranges");
    trace.raw(&format!("var action: array<f32, {nu}>;"));
    trace.raw(&format!(
        "for (var i = 0u; i < at_run_time({nu}u); i++) {{ action[i] = task_action(i, {nu}u, slot, member, episode.length); }}"
    ));
    let mut ctrl = vec![];
    for i in 0..nu {
        let [low, high] = source.range(model, i);
        let action = trace.read(&format!("action[{i}]"));
        let value = (0.5 * (high - low) * action + 0.5 * (high + low)).named(&format!("control_{i}"));
        trace.line(&format!("ctrl_{i} = $;"), &[value]);
        ctrl.push(value);
    }
    ctrl
}

/// Entries of the observation that are not copied from an array of the stepper.
fn plain_entries(spec: &Spec, model: &Model) -> usize {
    let count = |part: &Part| match part {
        Part::Positions(from) => model.sizes.nq - from,
        Part::Velocities(_) => model.sizes.nv,
        Part::MotorForces(from) => model.sizes.nv - from,
        _ => 0,
    };
    spec.observation.iter().map(count).sum()
}

/// Writes the observation; before the first step there are no contact forces.
fn observation<'t>(trace: &'t Trace, spec: &Spec, model: &Model, motors: &[Ex<'t>], stepped: bool) {
    trace.comment("observation");
    let length = super::describe::observation(spec, model).len();
    trace.raw(&format!("let obs_start = slot * {length}u;"));
    let bodies = model.sizes.nbody;
    let (mut at, mut plain) = (0, 0);
    for part in &spec.observation {
        let values: Vec<Ex<'t>> = match part {
            Part::Positions(from) => (*from..model.sizes.nq).map(|i| trace.read(&format!("qpos_{i}"))).collect(),
            Part::Velocities(clip) => {
                (0..model.sizes.nv).map(|i| clipped(trace.read(&format!("qvel_{i}")), (-clip, *clip))).collect()
            }
            Part::MotorForces(from) => motors[*from..].to_vec(),
            _ => vec![],
        };
        for (k, value) in values.iter().enumerate() {
            trace.line(&format!("copied[{}] = $;", plain + k), &[*value]);
        }
        let (source, count) = match part {
            Part::Inertias => ("seen_inertia[10u + k]".into(), 10 * (bodies - 1)),
            Part::BodyVelocities => ("seen_velocity[6u + k]".into(), 6 * (bodies - 1)),
            Part::ContactForces(_) if !stepped => ("0.0".into(), 6 * (bodies - 1)),
            Part::ContactForces(clip) => (text::clipped("seen_contact[6u + k]", *clip), 6 * (bodies - 1)),
            _ => (format!("copied[{plain}u + k]"), values.len()),
        };
        trace.raw(&format!(
            "for (var k = 0u; k < at_run_time({count}u); k++) {{ obs_out[obs_start + {at}u + k] = {source}; }}"
        ));
        at += count;
        plain += values.len();
    }
}

/// A value clipped to a range either end of which may be infinite.
fn clipped<'t>(value: Ex<'t>, (low, high): (f64, f64)) -> Ex<'t> {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => value.clamp(low, high),
        (true, false) => value.max(low),
        (false, true) => value.min(high),
        (false, false) => value,
    }
}

/// Sets `healthy` and `reward`, and adds to the sums of terms.
fn reward<'t>(trace: &'t Trace, spec: &Spec, model: &Model, ctrl: &[Ex<'t>]) {
    trace.comment("a state that is not a number, or beyond MuJoCo's limit of 1e10");
    trace.raw("var largest = 0u;");
    for field in state_fields(spec, model) {
        trace.raw(&format!("largest = max(largest, bitcast<u32>({field}) & 0x7fffffffu);"));
    }
    trace.raw("let broken = largest > bitcast<u32>(1e10f);");
    trace.comment("reward");
    healthy(trace, spec, model);
    let mut sums: Vec<(Ex<'t>, bool)> = vec![];
    let velocity = place(spec).map(|place| {
        let span = f64::from(spec.frame_skip) * model.opt.timestep;
        ((trace.read(place) - trace.atom("start")) * (1.0 / span)).named("x_velocity")
    });
    if let Some(velocity) = velocity {
        sums.push((spec.forward_reward_weight * velocity, true));
    }
    if spec.healthy_reward != 0.0 {
        sums.push((trace.select(trace.atom("healthy"), trace.num(spec.healthy_reward), trace.num(0.0)), true));
    }
    if spec.ctrl_cost_weight != 0.0 {
        let squares = ctrl.iter().fold(trace.num(0.0), |sum, u| sum + *u * *u);
        sums.push((-(spec.ctrl_cost_weight * squares), true));
    }
    if let Some(cost) = spec.contact_cost {
        sums.push((-contact_cost(trace, model, cost), true));
    }
    sums.extend(velocity.map(|velocity| (velocity, false)));
    let reward = sums.iter().filter(|(_, counts)| *counts).fold(trace.num(0.0), |sum, (term, _)| sum + *term);
    trace.line("let reward = $;", &[reward]);
    trace.open("if (!broken)", &[]);
    for (index, (term, _)) in sums.iter().enumerate() {
        trace.line(&format!("terms_inout[{index}u * N_SLOTS + slot] += $;"), &[*term]);
    }
    trace.raw("episode.return_sum += reward;");
    trace.close();
}

/// `let healthy`: all bounds hold. A NaN lies within no bounds.
fn healthy(trace: &Trace, spec: &Spec, model: &Model) {
    trace.raw("var healthy = !broken;");
    for bound in &spec.healthy {
        let variables: Vec<String> = match bound.of {
            StateIndex::Position(index) => vec![format!("qpos_{index}")],
            StateIndex::AllFrom(index) => {
                let positions = (index..model.sizes.nq).map(|i| format!("qpos_{i}"));
                positions.chain((0..model.sizes.nv).map(|i| format!("qvel_{i}"))).collect()
            }
        };
        for variable in variables {
            let holds = text::within(&variable, bound.range);
            if !holds.is_empty() {
                trace.raw(&format!("healthy = healthy & {};", holds.join(" & ")));
            }
        }
    }
}

fn contact_cost<'t>(trace: &'t Trace, model: &Model, cost: ContactCost) -> Ex<'t> {
    let force = |k: usize| clipped(trace.read(&format!("seen_contact[{k}]")), cost.clip);
    let squares = (6..6 * model.sizes.nbody).map(force).fold(trace.num(0.0), |sum, f| sum + f * f);
    clipped(cost.weight * squares, cost.range)
}
