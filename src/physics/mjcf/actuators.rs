//! `<actuator>` and `<tendon>`: joint motors, and tendons that do nothing.

use super::defaults::Defaults;
use super::element::Element;
use super::error::MjcfError;
use super::limits::{self, shown};
use super::settings::Compiler;
use super::trail::{Became, Trail};
use super::vocabulary::{MOTOR, SECTION, TENDON, TENDON_JOINT};
use crate::physics::model::{Model, joint};

/// Adds the motors of an `<actuator>` section.
pub(super) fn read_motors<'a>(
    section: &Element<'a>,
    compiler: &Compiler,
    defaults: &Defaults<'a>,
    model: &mut Model,
    trail: &mut Trail,
) -> Result<(), MjcfError> {
    section.check(&SECTION)?;
    for child in section.children() {
        if child.tag() != "motor" {
            return Err(child.error("is not supported", "allowed: motor, on a slide or hinge joint"));
        }
        let number = model.actuator_trnid.len();
        limits::at_most(&child, number + 1, limits::MOTORS, "motors")?;
        let element = defaults.apply(child, None)?;
        element.check(&MOTOR)?;
        let joint = find_joint(&element, model)?;
        let limited = compiler.limited(&element, "ctrllimited", "ctrlrange")?;
        model.names.actuator.push(element.text("name").unwrap_or_default().into());
        model.actuator_trnid.push([joint as i64, -1]);
        model.actuator_gear.push(element.numbers("gear", [1.0, 0.0, 0.0, 0.0, 0.0, 0.0])?);
        model.actuator_ctrllimited.push(limited);
        model.actuator_ctrlrange.push(element.numbers("ctrlrange", [0.0; 2])?);
        let mut gain = [0.0; 10];
        gain[0] = 1.0;
        model.actuator_gainprm.push(gain);
        trail.add(&element, Became::Actuator(number));
    }
    model.sizes.nu = model.actuator_trnid.len();
    Ok(())
}

/// The slide or hinge joint that an element names.
fn find_joint(element: &Element, model: &Model) -> Result<usize, MjcfError> {
    let name = element.text("joint").unwrap_or_default();
    let movable = |id: &usize| model.jnt_type[*id] != joint::FREE && !model.names.joint[*id].is_empty();
    let names = || (0..model.sizes.njnt).filter(movable).map(|id| model.names.joint[id].as_str()).collect::<Vec<_>>();
    let found = model.names.joint.iter().position(|known| known == name && !name.is_empty()).filter(movable);
    found.ok_or_else(|| {
        let problem = format!("`{}` names no slide or hinge joint", shown(name));
        element.attribute_error("joint", problem, format!("allowed: {}", names().join(", ")))
    })
}

/// Checks that the tendons of a `<tendon>` section have no effect.
pub(super) fn check_tendons<'a>(
    section: &Element<'a>,
    defaults: &Defaults<'a>,
    model: &Model,
    trail: &mut Trail,
) -> Result<(), MjcfError> {
    section.check(&SECTION)?;
    for child in section.children() {
        if child.tag() != "fixed" {
            return Err(child.error("is not supported", "allowed: fixed, without spring, damper or limit"));
        }
        let element = defaults.apply(child, None)?;
        element.check(&TENDON)?;
        for part in element.children() {
            part.check(&TENDON_JOINT)?;
            if part.tag() != "joint" {
                return Err(part.error("is not supported", "allowed: joint"));
            }
            find_joint(&part, model)?;
        }
        trail.add(&element, Became::Skipped);
    }
    Ok(())
}
