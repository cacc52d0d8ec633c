//! A task in words: what `gpu-ec inspect` prints.

use super::spec::{Part, Progress, Spec, StateIndex};
use crate::{
    physics::model::{Model, joint},
    tasks::{Control, Description, Row},
};

/// One row an entry of the observation.
pub fn observation(spec: &Spec, model: &Model) -> Vec<Row> {
    spec.observation.iter().flat_map(|part| part_rows(part, model)).collect()
}

fn part_rows(part: &Part, model: &Model) -> Vec<Row> {
    let bodies = |count: usize, names: &[&str], what: &str, unit: &str| -> Vec<Row> {
        let rows = (1..model.sizes.nbody).flat_map(|body| names.iter().take(count).map(move |name| (body, *name)));
        rows.map(|(body, name)| Row::new(format!("{what} of {}, {name}", body_name(model, body)), unit)).collect()
    };
    let six = ["rotation x", "rotation y", "rotation z", "translation x", "translation y", "translation z"];
    match part {
        Part::Positions(from) => positions(model).split_off(*from),
        Part::Velocities(clip) => velocities(model, *clip),
        Part::Inertias => {
            let names = ["Ixx", "Iyy", "Izz", "Ixy", "Ixz", "Iyz", "m x", "m y", "m z", "mass"];
            bodies(10, &names, "inertia about the centre of mass", "kg m^2, kg m, kg")
        }
        Part::BodyVelocities => bodies(6, &six, "velocity about the centre of mass", "rad/s, m/s"),
        Part::MotorForces(from) => {
            let force =
                |dof: usize| Row::new(format!("motor force of {}", joint_name(model, model.dof_jntid[dof])), "N m");
            (*from..model.sizes.nv).map(force).collect()
        }
        Part::ContactForces(clip) => {
            bodies(6, &six, "contact force about the centre of mass", &clipped("N m, N", *clip))
        }
    }
}

fn clipped(unit: &str, (low, high): (f64, f64)) -> String {
    match (low.is_finite(), high.is_finite()) {
        (false, false) => unit.into(),
        _ if low == -high => format!("{unit}, clipped to +-{high}"),
        _ => format!("{unit}, clipped to [{low}, {high}]"),
    }
}

fn body_name(model: &Model, body: usize) -> String {
    model.names.body.get(body).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("body {body}"))
}

fn joint_name(model: &Model, joint: usize) -> String {
    model.names.joint.get(joint).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("joint {joint}"))
}

fn positions(model: &Model) -> Vec<Row> {
    let mut rows = vec![];
    for j in 0..model.sizes.njnt {
        let name = joint_name(model, j);
        match model.jnt_type[j] {
            joint::FREE => {
                rows.extend(["x", "y", "z"].map(|axis| Row::new(format!("{axis} of {name}"), "m")));
                rows.extend(
                    ["w", "x", "y", "z"].map(|part| Row::new(format!("orientation of {name}, {part}"), "quaternion")),
                );
            }
            joint::SLIDE => rows.push(Row::new(format!("position of {name}"), "m")),
            _ => rows.push(Row::new(format!("angle of {name}"), "rad")),
        }
    }
    rows
}

fn velocities(model: &Model, clip: f64) -> Vec<Row> {
    let mut rows = vec![];
    for j in 0..model.sizes.njnt {
        let name = joint_name(model, j);
        let mut push = |what: String, unit: &str| rows.push(Row::new(what, clipped(unit, (-clip, clip))));
        match model.jnt_type[j] {
            joint::FREE => {
                ["x", "y", "z"].iter().for_each(|axis| push(format!("velocity of {name} along {axis}"), "m/s"));
                ["x", "y", "z"]
                    .iter()
                    .for_each(|axis| push(format!("angular velocity of {name} about its {axis}"), "rad/s"));
            }
            joint::SLIDE => push(format!("velocity of {name}"), "m/s"),
            _ => push(format!("angular velocity of {name}"), "rad/s"),
        }
    }
    rows
}

/// The motors, and what their controls are clamped to.
pub fn controls(model: &Model) -> Vec<Control> {
    let control = |motor: usize| Control {
        name: motor_name(model, motor),
        range: model.actuator_ctrllimited[motor].then(|| model.actuator_ctrlrange[motor]),
    };
    (0..model.sizes.nu).map(control).collect()
}

fn motor_name(model: &Model, motor: usize) -> String {
    let name = model.names.actuator.get(motor).filter(|name| !name.is_empty());
    let driven = joint_name(model, usize::try_from(model.actuator_trnid[motor][0]).unwrap_or(0));
    name.map_or_else(|| format!("motor of {driven}"), |name| format!("motor {name} of {driven}"))
}

/// The whole definition.
pub fn description(spec: &Spec, model: &Model) -> Description {
    let motor = |i: usize| {
        let [low, high] = model.actuator_ctrlrange[i];
        let gear = model.actuator_gear[i][0] * model.actuator_gainprm[i][0];
        Row::new(motor_name(model, i), format!("[-1, 1] maps to [{low}, {high}]; {gear} N m (N) per unit"))
    };
    Description {
        observation: observation(spec, model),
        action: (0..model.sizes.nu).map(motor).collect(),
        reward: rewards(spec),
        start: start(spec),
        end: end(spec),
    }
}

fn rewards(spec: &Spec) -> Vec<String> {
    let mut terms = vec![];
    if let Some(progress) = spec.progress {
        let of = match progress {
            Progress::Root => "the root",
            Progress::CentreOfMass => "the centre of mass (last evaluation)",
            Progress::Body(_) => "the main body (last evaluation)",
        };
        terms.push(format!("reward_forward = {} * x velocity of {of}, m/s", spec.forward_reward_weight));
    }
    if spec.healthy_reward != 0.0 {
        terms.push(format!("reward_survive = {} while healthy", spec.healthy_reward));
    }
    if spec.ctrl_cost_weight != 0.0 {
        terms.push(format!("reward_ctrl = -{} * sum of squared controls", spec.ctrl_cost_weight));
    }
    if let Some(cost) = spec.contact_cost {
        let (low, high) = cost.range;
        terms.push(format!(
            "reward_contact = -clip({:e} * sum of squared contact forces{}, {low}, {high})",
            cost.weight,
            clipped("", cost.clip)
        ));
    }
    terms
}

fn start(spec: &Spec) -> String {
    let noise = spec.reset_noise_scale;
    let velocities = if spec.normal_velocities {
        format!("normal noise of deviation {noise}")
    } else {
        format!("uniform noise +-{noise}")
    };
    format!(
        "the model's start pose; positions with uniform noise +-{noise} (quaternions are not renormalised), velocities with {velocities}"
    )
}

fn end(spec: &Spec) -> String {
    let bound = |bound: &super::spec::Bound| {
        let (low, high) = bound.range;
        let of = match bound.of {
            StateIndex::Position(index) => format!("{} (qpos[{index}])", bound.name),
            StateIndex::AllFrom(index) => format!("{} (qpos[{index}..] and qvel)", bound.name),
        };
        format!("{of} in ({low}, {high})")
    };
    let healthy: Vec<_> = spec.healthy.iter().map(bound).collect();
    let fall = if healthy.is_empty() || !spec.terminate_when_unhealthy {
        "nothing terminates".into()
    } else {
        format!("terminates unless {}", healthy.join(", "))
    };
    format!("{fall}; {} steps truncate", spec.episode_length)
}
