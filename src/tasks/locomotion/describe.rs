//! Description of a task in words, as `gpu-ec inspect` prints it.

use super::{
    Controls,
    score::driven,
    spec::{Progress, Reward, Slice, Source, Spec, Square, Start, Value},
};
use crate::{
    physics::{
        model::{Model, joint},
        muscle::Muscle,
        stepper::Place,
    },
    tasks::{Control, Description, DescriptionRow},
};

/// Returns the length of the observation.
pub fn length(spec: &Spec) -> usize {
    spec.observation.iter().map(|part| part.range.len()).sum()
}

/// Returns the whole definition of a task.
pub fn description(spec: &Spec, model: &Model) -> Description {
    Description {
        observation: spec.observation.iter().flat_map(|part| rows(part, model)).collect(),
        action: (0..model.sizes.nu).map(|motor| action(model, motor)).collect(),
        reward: spec.rewards.iter().map(|reward| formula(reward, spec, model)).collect(),
        start: start(&spec.start, model) + if spec.harness { "; a harness holds the root body" } else { "" },
        end: end(spec, model),
    }
}

fn action(model: &Model, motor: usize) -> DescriptionRow {
    let [low, high] = Controls::Actions.range(model, motor);
    if let Some(muscle) = Muscle::of(model, motor) {
        let what = format!("[-1, 1] maps to the stimulation [{low}, {high}]; at most about {:.4} N", muscle.peak);
        return DescriptionRow::new(motor_name(model, motor), what);
    }
    let gear = model.actuator_gear[motor][0] * model.actuator_gainprm[motor][0];
    DescriptionRow::new(motor_name(model, motor), format!("[-1, 1] maps to [{low}, {high}]; {gear} N m (N) per unit"))
}

/// Returns one row per number of the slice.
fn rows(part: &Slice, model: &Model) -> Vec<DescriptionRow> {
    let all = all_rows(&part.source, model);
    let clip = clip(part.clip);
    part.range.clone().map(|k| DescriptionRow::new(all[k].name.clone(), format!("{}{clip}", all[k].unit))).collect()
}

/// Returns the name of a number of a source.
pub fn name(source: &Source, index: usize, model: &Model) -> String {
    all_rows(source, model)[index].name.clone()
}

/// Returns one row per number of the source.
fn all_rows(source: &Source, model: &Model) -> Vec<DescriptionRow> {
    let of_bodies = |names: &[&str], what: &str, unit: &str| -> Vec<DescriptionRow> {
        let rows = (1..model.sizes.nbody).flat_map(|body| names.iter().map(move |name| (body, *name)));
        rows.map(|(body, name)| DescriptionRow::new(format!("{what} of {}, {name}", body_name(model, body)), unit))
            .collect()
    };
    let of_dofs = |what: &str| -> Vec<DescriptionRow> {
        let force = |dof: usize| {
            DescriptionRow::new(format!("{what} of {}", joint_name(model, model.dof_jntid[dof])), "N m (N)")
        };
        (0..model.sizes.nv).map(force).collect()
    };
    let of_muscles = |what: &str, unit: &str| -> Vec<DescriptionRow> {
        let muscles = Muscle::all(model).into_iter();
        muscles
            .map(|muscle| DescriptionRow::new(format!("{what} of {}", motor_name(model, muscle.actuator)), unit))
            .collect()
    };
    let six = ["rotation x", "rotation y", "rotation z", "translation x", "translation y", "translation z"];
    let axes = |what: String| ["x", "y", "z"].map(|axis| DescriptionRow::new(format!("{what}, {axis}"), "m")).to_vec();
    let turned = |what: &str| {
        let rows = positions(model).into_iter();
        rows.map(|row| DescriptionRow::new(format!("{what} of the {}", row.name), "")).collect()
    };
    match source {
        Source::Positions => positions(model),
        Source::Sines => turned("sine"),
        Source::Cosines => turned("cosine"),
        Source::Velocities => velocities(model),
        Source::Controls => {
            (0..model.sizes.nu).map(|i| DescriptionRow::new(format!("control: {}", motor_name(model, i)), "")).collect()
        }
        Source::MotorForces => of_dofs("motor force"),
        Source::MuscleLengths => of_muscles("length", "optimal lengths"),
        Source::MuscleVelocities => of_muscles("velocity", "largest velocities, positive when it lengthens"),
        Source::MuscleForces => of_muscles("tension", "N"),
        Source::Activations => of_muscles("activation", "[0, 1]"),
        Source::ConstraintForces => of_dofs("force of limits and contacts"),
        Source::Inertias => {
            let names = ["Ixx", "Iyy", "Izz", "Ixy", "Ixz", "Iyz", "m x", "m y", "m z", "mass"];
            of_bodies(&names, "inertia about the centre of mass", "kg m^2, kg m, kg")
        }
        Source::BodyVelocities => of_bodies(&six, "velocity about the centre of mass", "rad/s, m/s"),
        Source::ContactForces => of_bodies(&six, "contact force about the centre of mass", "N m, N"),
        Source::Place(place) => axes(point_name(place, model)),
        Source::Between(from, to) => axes(format!("from {} to {}", point_name(from, model), point_name(to, model))),
        Source::Upright(body) => vec![DescriptionRow::new(
            format!("height of the tip of the z axis of {}", body_name(model, *body)),
            "1 upright, -1 upside down",
        )],
    }
}

fn clip((low, high): (f64, f64)) -> String {
    match (low.is_finite(), high.is_finite()) {
        (false, false) => String::new(),
        _ if low == -high => format!(", clipped to +-{high}"),
        _ => format!(", clipped to [{low}, {high}]"),
    }
}

fn body_name(model: &Model, body: usize) -> String {
    model.names.body.get(body).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("body {body}"))
}

fn joint_name(model: &Model, joint: usize) -> String {
    model.names.joint.get(joint).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("joint {joint}"))
}

fn point_name(place: &Place, model: &Model) -> String {
    let body = body_name(model, place.body);
    let [x, y, z] = place.offset;
    if place.offset == [0.0; 3] { body } else { format!("the point ({x}, {y}, {z}) of {body}") }
}

fn positions(model: &Model) -> Vec<DescriptionRow> {
    let mut rows = vec![];
    for j in 0..model.sizes.njnt {
        let name = joint_name(model, j);
        match model.jnt_type[j] {
            joint::FREE => {
                rows.extend(["x", "y", "z"].map(|axis| DescriptionRow::new(format!("{axis} of {name}"), "m")));
                rows.extend(
                    ["w", "x", "y", "z"]
                        .map(|part| DescriptionRow::new(format!("orientation of {name}, {part}"), "quaternion")),
                );
            }
            joint::SLIDE => rows.push(DescriptionRow::new(format!("position of {name}"), "m")),
            _ => rows.push(DescriptionRow::new(format!("angle of {name}"), "rad")),
        }
    }
    rows
}

fn velocities(model: &Model) -> Vec<DescriptionRow> {
    let mut rows = vec![];
    for j in 0..model.sizes.njnt {
        let name = joint_name(model, j);
        let mut push = |what: String, unit: &str| rows.push(DescriptionRow::new(what, unit));
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

/// Returns the motors, with the ranges to which their controls are clamped.
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

/// Returns a slice as one expression.
fn slice_name(slice: &Slice, model: &Model) -> String {
    let (first, last, count) = (slice.range.start, slice.range.end, slice.range.len());
    let whole = count == slice.source.count(model);
    let some = |name: &str| match () {
        () if whole => name.into(),
        () if count == 1 => format!("{name}[{first}]"),
        () => format!("{name}[{first}..{last}]"),
    };
    let axes = || ["x", "y", "z"][slice.range.clone()].join(" and ");
    let name = match &slice.source {
        Source::Positions => some("qpos"),
        Source::Sines => some("sin qpos"),
        Source::Cosines => some("cos qpos"),
        Source::Velocities => some("qvel"),
        Source::Controls => some("controls"),
        Source::MotorForces => some("motor forces"),
        Source::MuscleLengths => some("muscle lengths"),
        Source::MuscleVelocities => some("muscle velocities"),
        Source::MuscleForces => some("muscle forces"),
        Source::Activations => some("activations"),
        Source::ConstraintForces => some("constraint forces"),
        Source::Inertias => some("inertias"),
        Source::BodyVelocities => some("body velocities"),
        Source::ContactForces => some("contact forces"),
        Source::Place(place) => format!("{} of {}", axes(), point_name(place, model)),
        Source::Between(from, to) if whole => {
            format!("way from {} to {}", point_name(from, model), point_name(to, model))
        }
        Source::Between(from, to) => {
            format!("{} of the way from {} to {}", axes(), point_name(from, model), point_name(to, model))
        }
        Source::Upright(body) => format!("z of the z axis of {}", body_name(model, *body)),
    };
    name + &clip(slice.clip)
}

fn formula(reward: &Reward, spec: &Spec, model: &Model) -> String {
    let value = match &reward.value {
        Value::Velocity => spec.progress.map_or(String::new(), |progress| velocity_name(progress, model)),
        Value::Healthy => String::new(),
        Value::Squares(squares) => {
            squares.iter().map(|square| square_name(square, model)).collect::<Vec<_>>().join(" + ")
        }
        Value::Length(of) => format!("length of the {}", slice_name(of, model)),
        Value::Lack { of, full } => format!("({full} - {})", slice_name(of, model)),
        Value::Power => {
            let joints: Vec<_> = driven(model).into_iter().map(|dof| joint_name(model, model.dof_jntid[dof])).collect();
            format!("sum of |motor force * velocity| of {}", joints.join(", "))
        }
    };
    let several = matches!(&reward.value, Value::Squares(squares) if squares.len() > 1);
    let value = if several { format!("({value})") } else { value };
    let sign = if reward.is_cost { "-" } else { "" };
    let product = match reward.value {
        Value::Healthy => format!("{} while healthy", reward.weight),
        _ => format!("{} * {value}", reward.weight),
    };
    let (low, high) = reward.limits;
    let product = if low.is_finite() || high.is_finite() { format!("clip({product}, {low}, {high})") } else { product };
    format!("{} = {sign}{product}", reward.name)
}

fn velocity_name(progress: Progress, model: &Model) -> String {
    match progress {
        Progress::Position(index) => format!("rate of qpos[{index}] ({}), m/s", positions(model)[index].name),
        Progress::CentreOfMass(axis) => format!("{} velocity of the centre of mass, m/s", axis.name()),
        Progress::Place(place, axis) => format!("{} velocity of {}, m/s", axis.name(), point_name(&place, model)),
    }
}

fn square_name(square: &Square, model: &Model) -> String {
    let name = slice_name(&square.of, model);
    let about = square.about.iter().filter(|x| **x != 0.0).map(f64::to_string).collect::<Vec<_>>();
    let off = match about.len() {
        0 => name,
        1 if square.about.len() == 1 => format!("({name} - {})", about[0]),
        _ => format!("({name} - the start pose)"),
    };
    let weight = if square.weight == 1.0 { String::new() } else { format!("{} * ", square.weight) };
    if square.of.range.len() == 1 {
        format!("{weight}square of {off}")
    } else {
        format!("{weight}sum of squared {off}")
    }
}

fn start(start: &Start, model: &Model) -> String {
    let noise = |values: &[f64], of: &str| match values.iter().all(|x| *x == values[0]) {
        true => values[0].to_string(),
        false => format!("{values:?} ({of})"),
    };
    let mut text =
        format!("the model's start pose; positions with uniform noise +-{}", noise(&start.positions, "of qpos"));
    if start.hollow.iter().any(|width| *width > 0.0) {
        text += &format!(", of which +-{} is left out", noise(&start.hollow, "of qpos"));
    }
    if model.jnt_type.contains(&joint::FREE) {
        text += " (quaternions are not renormalised)";
    }
    for disc in &start.discs {
        text += &format!(
            ", but qpos[{}] and qpos[{}] uniform in a disc of radius {} m",
            disc.first,
            disc.first + 1,
            disc.radius
        );
    }
    let size = noise(&start.velocities, "of qvel");
    let kind = if start.normal_velocities {
        format!("normal noise of deviation {size}")
    } else {
        format!("uniform noise +-{size}")
    };
    format!("{text}; velocities with {kind}")
}

fn end(spec: &Spec, model: &Model) -> String {
    let bound = |bound: &super::spec::Bound| {
        let (low, high) = bound.range;
        let of: Vec<_> = bound.of.iter().map(|slice| slice_name(slice, model)).collect();
        format!("{} ({}) in ({low}, {high})", bound.name, of.join(" and "))
    };
    let healthy: Vec<_> = spec.healthy.iter().map(bound).collect();
    let fall = match (healthy.is_empty(), spec.terminate_when_unhealthy) {
        (true, _) => "nothing terminates".into(),
        (false, true) => format!("terminates unless healthy: {}", healthy.join(", ")),
        (false, false) => format!("nothing terminates; healthy: {}", healthy.join(", ")),
    };
    format!("{fall}; {} steps truncate", spec.episode_length)
}
