//! `<actuator>`: motors and muscles, on joints or tendons.

use super::element::Element;
use super::error::MjcfError;
use super::limits;
use super::tendons::{Context, find, find_joint};
use super::trail::{Became, Trail};
use super::vocabulary::{MOTOR, MUSCLE, SECTION};
use crate::physics::model::{MUSCLE_DYNAMICS, Model, transmission};

/// Adds the motors and muscles of an `<actuator>` section.
pub(super) fn read<'a>(
    section: &Element<'a>,
    context: &Context<'_, 'a>,
    model: &mut Model,
    trail: &mut Trail,
) -> Result<(), MjcfError> {
    section.check(&SECTION)?;
    for child in section.children() {
        let is_muscle = child.tag() == "muscle";
        if child.tag() != "motor" && !is_muscle {
            return Err(
                child.error("is not supported", "allowed: motor, muscle, on a slide or hinge joint or on a tendon")
            );
        }
        let number = model.actuator_trnid.len();
        limits::at_most(&child, number + 1, limits::MOTORS, "motors and muscles")?;
        let element = context.defaults.apply(child, None)?;
        element.check(if is_muscle { &MUSCLE } else { &MOTOR })?;
        let (kind, target) = target(&element, model)?;
        let limited = context.compiler.limited(&element, "ctrllimited", "ctrlrange")?;
        model.names.actuator.push(element.text("name").unwrap_or_default().into());
        model.actuator_trntype.push(kind);
        model.actuator_trnid.push([target as i64, -1]);
        model.actuator_gear.push(element.numbers("gear", [1.0, 0.0, 0.0, 0.0, 0.0, 0.0])?);
        model.actuator_ctrllimited.push(limited);
        model.actuator_ctrlrange.push(element.numbers("ctrlrange", [0.0; 2])?);
        model.actuator_acc0.push(start_acceleration(context, model, number));
        model.muscle_laws.push(None);
        if is_muscle {
            read_muscle(&element, number, model)?;
        } else {
            let mut gain = [0.0; 10];
            gain[0] = 1.0;
            model.actuator_gainprm.push(gain);
            model.actuator_dyntype.push(0);
            model.actuator_dynprm.push(gain); // as MuJoCo fills what a motor has no use for
            model.actuator_lengthrange.push([0.0; 2]);
        }
        trail.add(&element, Became::Actuator(number));
    }
    model.sizes.nu = model.actuator_trnid.len();
    Ok(())
}

/// What it pulls: a joint or a tendon.
fn target(element: &Element, model: &Model) -> Result<(u32, usize), MjcfError> {
    if element.one_of(&["joint", "tendon"])? == Some("tendon") {
        return Ok((transmission::TENDON, find(element, "tendon", &model.names.tendon, "tendon")?));
    }
    Ok((transmission::JOINT, find_joint(element, model)?))
}

/// Norm of the acceleration that unit force makes in the start pose.
fn start_acceleration(context: &Context, model: &Model, k: usize) -> f64 {
    let target = model.actuator_trnid[k][0] as usize;
    let mut moment = vec![0.0; model.sizes.nv];
    if model.actuator_trntype[k] == transmission::TENDON {
        moment = context.start.tendon_moment(model, target);
    } else {
        moment[model.jnt_dofadr[target]] = 1.0;
    }
    let gear = model.actuator_gear[k][0];
    moment.iter_mut().for_each(|moment| *moment *= gear);
    context.start.acceleration(&moment).iter().map(|a| a * a).sum::<f64>().sqrt()
}

fn read_muscle(element: &Element, number: usize, model: &mut Model) -> Result<(), MjcfError> {
    let positive = |name: &'static str, default: f64| {
        let value = element.number(name, default)?;
        let refuse = || element.attribute_error(name, format!("{value} is not positive"), "give a positive number");
        if value > 0.0 { Ok(value) } else { Err(refuse()) }
    };
    let rising = |name: &'static str, [low, high]: [f64; 2], advice: &str| {
        let refuse = || element.attribute_error(name, "does not rise", advice);
        if low < high { Ok([low, high]) } else { Err(refuse()) }
    };
    let Some(lengthrange) = element.exactly("lengthrange")? else {
        let advice = "give the shortest and the longest length of its path, m: they are not searched for here";
        return Err(element.attribute_error("lengthrange", "is missing", advice));
    };
    let [lr0, lr1] = rising("lengthrange", lengthrange, "give the shortest length of the path first, m")?;
    let [r0, r1] =
        rising("range", element.numbers("range", [0.75, 1.05])?, "give the shorter normalised length first")?;
    let (lmin, lmax) = (element.number("lmin", 0.5)?, element.number("lmax", 1.6)?);
    if lmin >= 1.0 || lmax <= 1.0 {
        let name = if lmin >= 1.0 { "lmin" } else { "lmax" };
        return Err(element.attribute_error(name, "is on the wrong side of 1", "lmin is below 1 and lmax above it"));
    }
    let [rise, fall] = element.numbers("timeconst", [0.01, 0.04])?;
    if rise <= 0.0 || fall <= 0.0 {
        return Err(element.attribute_error("timeconst", "is not positive", "give two times, s: rising and falling"));
    }
    let force = element.number("force", -1.0)?;
    let scale = positive("scale", 200.0)?;
    if force < 0.0 && model.actuator_acc0[number] < 1e-10 {
        let advice =
            "the force is scale over the acceleration that unit force makes at the start, which is none: give force, N";
        return Err(element.attribute_error("force", "is missing", advice));
    }
    let (vmax, fpmax) = (positive("vmax", 1.5)?, element.number_from("fpmax", 1.3, 0.0)?);
    let fvmax = element.number_from("fvmax", 1.2, 1.0)?;
    model.actuator_gainprm.push([r0, r1, force, scale, lmin, lmax, vmax, fpmax, fvmax, 0.0]);
    model.actuator_dyntype.push(MUSCLE_DYNAMICS);
    let mut dynamics = [0.0; 10];
    [dynamics[0], dynamics[1], dynamics[2]] = [rise, fall, element.number_from("tausmooth", 0.0, 0.0)?];
    model.actuator_dynprm.push(dynamics);
    model.actuator_lengthrange.push([lr0, lr1]);
    model.sizes.na += 1;
    Ok(())
}
