//! Health and reward as WGSL functions, the same for both layouts of the kernels.

use std::fmt::Write;

use super::{
    names::Names,
    spec::{Reward, Spec, Square, Value},
    text::{clipped, literal, within},
};
use crate::{kernel::records::REWARD_FACTORS, physics::model::Model, tasks::Term};

/// Returns the terms whose sums are kept over an episode.
pub fn terms(spec: &Spec) -> Vec<Term> {
    let velocity = spec.progress.map(|progress| Term::info(&format!("{}_velocity", progress.axis().name())));
    spec.rewards.iter().map(|reward| Term::reward(&reward.name)).chain(velocity).collect()
}

/// Returns `is_healthy()` and `score(slot, place_before, healthy, broken)`. The latter returns the reward, and adds
/// the step's terms to their sums unless the state is broken.
pub fn text(spec: &Spec, model: &Model, names: &dyn Names) -> String {
    healthy(spec, names) + &score(spec, model, names)
}

/// Returns the function `is_healthy`: true if all bounds hold. A NaN lies within no bounds.
fn healthy(spec: &Spec, names: &dyn Names) -> String {
    let mut text = String::from("\nfn is_healthy() -> bool {\n    var healthy = true;\n");
    for bound in &spec.healthy {
        let _ = writeln!(text, "    // {}", bound.name);
        for slice in bound.of.iter().filter(|_| !within("", bound.range).is_empty()) {
            let hold = |value: &str| format!("    healthy = healthy & {};", within(value, bound.range).join(" & "));
            text.push_str(&names.for_each(slice, &hold));
        }
    }
    text + "    return healthy;\n}\n"
}

fn score(spec: &Spec, model: &Model, names: &dyn Names) -> String {
    let mut text = String::from("\nfn score(slot: u32, place_before: f32, healthy: bool, broken: bool) -> f32 {\n");
    if let Some(progress) = spec.progress {
        let span = f64::from(spec.frame_skip) * model.opt.timestep;
        let _ =
            writeln!(text, "    let velocity = ({} - place_before) * {};", names.place(progress), literal(1.0 / span));
    }
    for (index, reward) in spec.rewards.iter().enumerate() {
        let _ = writeln!(text, "    // {}", reward.name);
        text.push_str(&term(reward, model, names, index));
        if spec.factors && index < REWARD_FACTORS {
            let _ = writeln!(
                text,
                "    let paid_{index} = term_{index} * run.reward_factors[{}][{}];",
                index / 4,
                index % 4
            );
        }
    }
    text.push_str("    if (!broken) {\n");
    let paid = |index: usize| if spec.factors && index < REWARD_FACTORS { "paid" } else { "term" };
    let values = (0..spec.rewards.len()).map(|index| format!("{}_{index}", paid(index)));
    for (index, value) in values.clone().chain(spec.progress.map(|_| "velocity".into())).enumerate() {
        let _ = writeln!(text, "        terms_inout[{index}u * N_SLOTS + slot] += {value};");
    }
    let sum = values.collect::<Vec<_>>().join(" + ");
    let sum = if sum.is_empty() { "0.0".into() } else { sum };
    text + &format!("    }}\n    return {sum};\n}}\n")
}

/// Returns statements that end in `let term_<index>`.
fn term(reward: &Reward, model: &Model, names: &dyn Names, index: usize) -> String {
    let (mut text, value) = match &reward.value {
        Value::Velocity => (String::new(), "velocity".into()),
        Value::Healthy => (String::new(), "select(0.0, 1.0, healthy)".into()),
        Value::Squares(squares) => {
            let sum = format!("sum_{index}");
            let parts: String = squares.iter().map(|square| add_squares(&sum, square, names)).collect();
            (format!("    var {sum} = 0.0;\n{parts}"), sum)
        }
        Value::Length(of) => {
            let sum = format!("sum_{index}");
            let square = Square { of: of.clone(), about: vec![], weight: 1.0 };
            (format!("    var {sum} = 0.0;\n{}", add_squares(&sum, &square, names)), format!("sqrt({sum})"))
        }
        Value::Lack { of, full } => {
            let one = clipped(&names.at(&of.source, of.range.start), of.clip);
            (String::new(), format!("({} - {one})", literal(*full)))
        }
        Value::Power => {
            use super::spec::Source::{MotorForces, Velocities};
            let power = |dof| format!("abs({} * {})", names.at(&MotorForces, dof), names.at(&Velocities, dof));
            (String::new(), format!("({})", driven(model).into_iter().map(power).collect::<Vec<_>>().join(" + ")))
        }
    };
    let product = clipped(&format!("{} * {value}", literal(reward.weight)), reward.limits);
    let sign = if reward.is_cost { "-" } else { "" };
    let _ = writeln!(text, "    let term_{index} = {sign}({product});");
    text
}

/// Returns statements that add weighted squares to a variable.
fn add_squares(sum: &str, square: &Square, names: &dyn Names) -> String {
    let weight = if square.weight == 1.0 { String::new() } else { format!("{} * ", literal(square.weight)) };
    if square.about.is_empty() {
        return names
            .for_each(&square.of, &|value| format!("    {{ let part = {value}; {sum} += {weight}(part * part); }}"));
    }
    let off = |(k, about): (usize, &f64)| {
        let value = clipped(&names.at(&square.of.source, k), square.of.clip);
        format!("    {{ let part = {value} - {}; {sum} += {weight}(part * part); }}\n", literal(*about))
    };
    square.of.range.clone().zip(&square.about).map(off).collect()
}

/// Returns the dofs that motors drive, or all dofs if muscles or tendons pull.
pub fn driven(model: &Model) -> Vec<usize> {
    if model.is_pulled() {
        return (0..model.sizes.nv).collect();
    }
    let joints = model.actuator_trnid.iter().filter_map(|[joint, _]| usize::try_from(*joint).ok());
    let mut dofs: Vec<usize> = joints.map(|joint| model.jnt_dofadr[joint]).collect();
    dofs.sort_unstable();
    dofs.dedup();
    dofs
}
