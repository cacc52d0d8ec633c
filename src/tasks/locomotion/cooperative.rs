//! The task's own part of the cooperative kernels: constants, observation, health and reward as WGSL functions.
//!
//! The entry points that call them are written by hand: `shaders/tasks/locomotion/cooperative.wgsl`.

use std::fmt::Write;

use super::{
    Controls, Source, describe,
    entry::{state_fields, terms},
    spec::{Part, Progress, Spec, StateIndex},
    text::{self, clipped, literal},
};
use crate::{
    physics::{
        cooperative::{physics_text, probe_text},
        model::Model,
        stepper::{Options, StepperError},
    },
    tasks::Starts,
};

/// The module's text; `options.observe.probe` adds the tests' entry point.
///
/// Errors: the robot uses a feature outside the subset, or is too large for a workgroup.
pub fn text(spec: &Spec, model: &Model, options: &Options) -> Result<String, StepperError> {
    let mut text = physics_text(model, options)?;
    text.push_str(&constants(spec, model));
    text.push_str("#import tasks/locomotion/cooperative\n");
    text.push_str(&place(spec));
    text.push_str(&observe(spec, model));
    text.push_str(&healthy(spec));
    text.push_str(&score(spec, model));
    if options.observe.probe {
        text.push_str(&probe_text(model, options)?);
    }
    Ok(text)
}

fn floats(values: &[f64]) -> String {
    let list: Vec<String> = values.iter().map(|x| literal(*x)).collect();
    format!("array<f32, {}>({})", list.len(), list.join(", "))
}

/// Where starts and controls come from: constants that stand before the module's text.
pub fn source(model: &Model, source: Source) -> String {
    format!("const GIVEN_STARTS = {};\n", source.starts == Starts::Given) + &motor_ranges(model, source.controls)
}

/// How actions map on controls; a table has at least one element.
pub fn motor_ranges(model: &Model, controls: Controls) -> String {
    let motors = |of: fn([f64; 2]) -> f64| {
        let values = (0..model.sizes.nu).map(|motor| of(controls.range(model, motor)));
        let values: Vec<f64> = values.chain((model.sizes.nu == 0).then_some(0.0)).collect();
        floats(&values)
    };
    let (middle, reach) = (motors(|[low, high]| 0.5 * (low + high)), motors(|[low, high]| 0.5 * (high - low)));
    format!("const CTRL_MIDDLE = {middle};\nconst CTRL_REACH = {reach};\n")
}

fn constants(spec: &Spec, model: &Model) -> String {
    let plain = model.sizes.nq + 2 * model.sizes.nv;
    let place_field = if state_fields(spec, model).len() > plain { plain } else { 0 };
    let falls_end = spec.terminate_when_unhealthy && !spec.healthy.is_empty();
    [
        ("D_OBS", format!("{}u", describe::observation(spec, model).len())),
        ("FRAME_SKIP", format!("{}u", spec.frame_skip)),
        ("STAGES", format!("{}u", spec.integrator.stages())),
        // Field of the state that progress is measured by.
        ("PLACE_FIELD", format!("{place_field}u")),
        ("FALLS_END", falls_end.to_string()),
        ("FEELS_CONTACTS", super::feels_contacts(spec).to_string()),
        ("NORMAL_VELOCITIES", spec.normal_velocities.to_string()),
        ("NOISE", literal(spec.reset_noise_scale)),
        ("START_QPOS", floats(&model.qpos0)),
    ]
    .iter()
    .fold(String::new(), |text, (name, value)| format!("{text}const {name} = {value};\n"))
}

/// `place`: the coordinate whose change is progress.
fn place(spec: &Spec) -> String {
    let place = match spec.progress {
        Some(Progress::Root) => "qpos[0]".into(),
        Some(Progress::CentreOfMass) => "com.x".into(),
        Some(Progress::Body(body)) => format!("body_pos[{}]", 3 * body),
        None => "0.0".into(),
    };
    format!("\nfn place() -> f32 {{\n    return {place};\n}}\n")
}

/// `observe`: every lane writes its share of each part.
fn observe(spec: &Spec, model: &Model) -> String {
    let mut text = String::from("\nfn observe(slot: u32) {\n    let start = slot * D_OBS;\n");
    let bodies = model.sizes.nbody - 1;
    let mut at = 0;
    for part in &spec.observation {
        let (source, count) = match part {
            Part::Positions(from) => (format!("qpos[{from}u + k]"), model.sizes.nq - from),
            Part::Velocities(clip) => (clipped("qvel[k]", (-clip, *clip)), model.sizes.nv),
            Part::Inertias => ("body_inertia[10u + k]".into(), 10 * bodies),
            Part::BodyVelocities => ("body_velocity[6u + k]".into(), 6 * bodies),
            Part::MotorForces(from) => (format!("motor[{from}u + k]"), model.sizes.nv - from),
            Part::ContactForces(clip) => (clipped("body_force[6u + k]", *clip), 6 * bodies),
        };
        let _ = write!(
            text,
            "    for (var k = lane; k < {count}u; k += LANES) {{\n        obs_out[start + {at}u + k] = {source};\n    }}\n"
        );
        at += count;
    }
    text + "}\n"
}

/// `is_healthy`: all bounds hold. A NaN lies within no bounds.
fn healthy(spec: &Spec) -> String {
    let mut text = String::from("\nfn is_healthy() -> bool {\n    var healthy = true;\n");
    for bound in &spec.healthy {
        let within = |value: &str| {
            let holds = text::within(value, bound.range);
            if holds.is_empty() { "true".into() } else { holds.join(" && ") }
        };
        let _ = writeln!(text, "    // {}", bound.name);
        let _ = match bound.of {
            StateIndex::Position(index) => {
                writeln!(text, "    healthy = healthy && {};", within(&format!("qpos[{index}]")))
            }
            StateIndex::AllFrom(index) => write!(
                text,
                "    for (var i = {index}u; i < NQ; i++) {{\n        healthy = healthy && {};\n    }}\n    \
                 for (var i = 0u; i < NV; i++) {{\n        healthy = healthy && {};\n    }}\n",
                within("qpos[i]"),
                within("qvel[i]"),
            ),
        };
    }
    text + "    return healthy;\n}\n"
}

/// `score`: the reward; adds the step's terms to their sums unless the state is broken.
fn score(spec: &Spec, model: &Model) -> String {
    let mut text = String::from("\nfn score(slot: u32, place_before: f32, healthy: bool, broken: bool) -> f32 {\n");
    if spec.progress.is_some() {
        let span = f64::from(spec.frame_skip) * model.opt.timestep;
        let _ = writeln!(text, "    let x_velocity = (place() - place_before) * {};", literal(1.0 / span));
    }
    let terms = terms(spec);
    for term in terms.iter().filter(|term| term.is_reward) {
        let value = match term.name.as_str() {
            "reward_forward" => format!("{} * x_velocity", literal(spec.forward_reward_weight)),
            "reward_survive" => format!("select(0.0, {}, healthy)", literal(spec.healthy_reward)),
            "reward_ctrl" => format!("{} * control_cost()", literal(-spec.ctrl_cost_weight)),
            _ => contact_term(spec),
        };
        let _ = writeln!(text, "    let {} = {value};", term.name);
    }
    text.push_str("    if (!broken) {\n");
    for (index, term) in terms.iter().enumerate() {
        let _ = writeln!(text, "        terms_inout[{index}u * N_SLOTS + slot] += {};", term.name);
    }
    let rewards: Vec<&str> = terms.iter().filter(|term| term.is_reward).map(|term| term.name.as_str()).collect();
    let sum = if rewards.is_empty() { "0.0".into() } else { rewards.join(" + ") };
    let _ = write!(text, "    }}\n    return {sum};\n}}\n");
    text
}

fn contact_term(spec: &Spec) -> String {
    let Some(cost) = spec.contact_cost else { return "0.0".into() };
    let bounded = |x: f64| literal(x.clamp(f64::from(f32::MIN), f64::from(f32::MAX)));
    let (low, high) = cost.range;
    let sum = format!("{} * contact_cost({}, {})", literal(cost.weight), bounded(cost.clip.0), bounded(cost.clip.1));
    format!("-clamp({sum}, {}, {})", bounded(low), bounded(high))
}
