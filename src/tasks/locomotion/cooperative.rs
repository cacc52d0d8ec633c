//! Task-specific part of the cooperative kernels: constants, observation, health and reward as WGSL functions.
//!
//! The entry points that call them are written by hand: `shaders/tasks/locomotion/cooperative.wgsl`.

use std::fmt::Write;

use super::{
    Controls, Origin, describe,
    names::{Names, Shared},
    score,
    spec::{Progress, Spec},
    straight::state_fields,
    text::{clipped, literal},
};
use crate::{
    physics::{
        cooperative::{physics_text, probe_text},
        model::Model,
        stepper::{Options, StepperError},
    },
    tasks::Starts,
};

/// Returns the text of the module; `options.observe.probe` adds the tests' entry point.
///
/// Errors: the robot uses a feature outside the subset, or is too large for a workgroup.
pub fn text(spec: &Spec, model: &Model, options: &Options) -> Result<String, StepperError> {
    let mut text = physics_text(model, options)?;
    text.push_str(&constants(spec, model));
    text.push_str("#import tasks/locomotion/cooperative\n");
    text.push_str(&place(spec));
    text.push_str(&discs(spec));
    text.push_str(&observe(spec));
    text.push_str(&score::text(spec, model, &Shared));
    if options.observe.probe {
        text.push_str(&probe_text(model, options)?);
    }
    Ok(text)
}

fn floats(values: &[f64]) -> String {
    let list: Vec<String> = values.iter().map(|x| literal(*x)).collect();
    format!("array<f32, {}>({})", list.len(), list.join(", "))
}

/// Returns the origin of starts and controls, as constants that stand before the module's text.
pub fn origin(model: &Model, origin: Origin) -> String {
    format!("const GIVEN_STARTS = {};\n", origin.starts == Starts::Given) + &motor_ranges(model, origin.controls)
}

/// Returns the map from actions to controls; a table has at least one element.
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
    let place_field = match spec.progress {
        Some(Progress::Position(index)) => index,
        _ if state_fields(spec, model).len() > plain => plain,
        _ => 0,
    };
    let falls_end = spec.terminate_when_unhealthy && !spec.healthy.is_empty();
    [
        ("D_OBS", format!("{}u", describe::length(spec))),
        ("FRAME_SKIP", format!("{}u", spec.frame_skip)),
        ("STAGES", format!("{}u", spec.integrator.stages())),
        // State field that measures progress, and true if it is not one of the body's own.
        ("PLACE_FIELD", format!("{place_field}u")),
        ("KEEPS_PLACE", (place_field >= plain).to_string()),
        ("FALLS_END", falls_end.to_string()),
        ("FEELS_CONTACTS", super::feels_contacts(spec).to_string()),
        ("NORMAL_VELOCITIES", spec.start.normal_velocities.to_string()),
        ("START_NOISE", floats(&spec.start.positions)),
        ("START_SPEED", floats(&spec.start.velocities)),
        ("START_QPOS", floats(&model.qpos0)),
    ]
    .iter()
    .fold(String::new(), |text, (name, value)| format!("{text}const {name} = {value};\n"))
}

/// Returns the function `place`: the coordinate whose change is progress.
fn place(spec: &Spec) -> String {
    let place = spec.progress.map_or("0.0".into(), |progress| Shared.place(progress));
    format!("\nfn place() -> f32 {{\n    return {place};\n}}\n")
}

/// Returns the function `place_in_discs`, which draws the pairs of start positions that lie in discs.
fn discs(spec: &Spec) -> String {
    let mut text = String::from("\nfn place_in_discs(start: u32) {\n");
    for disc in &spec.start.discs {
        let (first, radius) = (disc.first, literal(disc.radius));
        let _ = writeln!(
            text,
            "    if (lane == {first}u) {{ qpos[{first}] = {radius} * start_disc({first}u, start).x; }}\n    \
             if (lane == {}u) {{ qpos[{}] = {radius} * start_disc({first}u, start).y; }}",
            first + 1,
            first + 1
        );
    }
    text + "}\n"
}

/// Returns the function `observe`, in which every lane writes its share of each part.
fn observe(spec: &Spec) -> String {
    let mut text = String::from("\nfn observe(slot: u32) {\n    let start = slot * D_OBS;\n");
    let mut at = 0;
    for part in &spec.observation {
        let index = format!("({}u + k)", part.range.start);
        let source = clipped(&Shared.indexed(&part.source, &index).unwrap_or_default(), part.clip);
        let count = part.range.len();
        let _ = write!(
            text,
            "    for (var k = lane; k < {count}u; k += LANES) {{\n        obs_out[start + {at}u + k] = {source};\n    }}\n"
        );
        at += count;
    }
    text + "}\n"
}
