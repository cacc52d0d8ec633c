//! `<tendon>`: weighted sums of joints, and lines from site to site.

use super::{
    defaults::Defaults,
    element::Element,
    error::MjcfError,
    invweight::Start,
    limits::{self, shown},
    parts::{solimp, solref},
    rotation::{direction, dot, sub},
    settings::Compiler,
    trail::{Became, Trail},
    vocabulary::{SECTION, TENDON, TENDON_JOINT, TENDON_SITE},
};
use crate::physics::model::{Model, joint, wrap};

/// What the readers of tendons and actuators share.
pub(super) struct Context<'c, 'a> {
    pub(super) compiler: &'c Compiler,
    pub(super) defaults: &'c Defaults<'a>,
    pub(super) start: &'c Start,
}

/// Adds the tendons of a `<tendon>` section.
pub(super) fn read<'a>(
    section: &Element<'a>,
    context: &Context<'_, 'a>,
    model: &mut Model,
    trail: &mut Trail,
) -> Result<(), MjcfError> {
    section.check(&SECTION)?;
    for child in section.children() {
        let (number, tag) = (model.sizes.ntendon, child.tag());
        if tag != "fixed" && tag != "spatial" {
            return Err(child.error("is not supported", "allowed: fixed, spatial"));
        }
        limits::at_most(&child, number + 1, limits::TENDONS, "tendons")?;
        let element = context.defaults.apply(child, None)?;
        element.check(&TENDON)?;
        model.tendon_adr.push(model.wrap_type.len());
        if tag == "fixed" {
            joints(&element, model)?
        } else {
            sites(&element, model)?
        }
        model.tendon_num.push(model.wrap_type.len() - model.tendon_adr[number]);
        let moment = context.start.tendon_moment(model, number);
        model.tendon_invweight0.push(context.start.mobility(&moment));
        model.tendon_length0.push(context.start.tendon_length(model, number));
        properties(&element, context.compiler, number, model)?;
        model.names.tendon.push(element.text("name").unwrap_or_default().into());
        model.sizes.ntendon += 1;
        trail.add(&element, Became::Tendon(number));
    }
    Ok(())
}

/// Spring, damper and limit.
fn properties(element: &Element, compiler: &Compiler, number: usize, model: &mut Model) -> Result<(), MjcfError> {
    let limited = compiler.limited(element, "limited", "range")?;
    let range: [f64; 2] = element.numbers("range", [0.0; 2])?;
    if limited && model.tendon_invweight0[number] <= 0.0 {
        return Err(element.attribute_error("limited", "nothing changes the length at the start", "remove the limit"));
    }
    model.tendon_limited.push(limited);
    model.tendon_range.push(range);
    model.tendon_stiffness.push(element.number_from("stiffness", 0.0, 0.0)?);
    model.tendon_damping.push(element.number_from("damping", 0.0, 0.0)?);
    model.tendon_solref_lim.push(solref(element, "solreflimit")?);
    model.tendon_solimp_lim.push(solimp(element, "solimplimit")?);
    // one number is both; none is the length at the start
    let spring = match element.text("springlength") {
        None => [model.tendon_length0[number]; 2],
        Some(text) if text.split_whitespace().count() == 1 => [element.number("springlength", -1.0)?; 2],
        Some(_) => element.numbers("springlength", [-1.0; 2])?,
    };
    let spring = if spring == [-1.0; 2] { [model.tendon_length0[number]; 2] } else { spring };
    if spring[0] > spring[1] {
        return Err(element.attribute_error("springlength", "the first is larger", "give the shorter length first"));
    }
    model.tendon_lengthspring.push(spring);
    Ok(())
}

fn joints(element: &Element, model: &mut Model) -> Result<(), MjcfError> {
    for part in element.children() {
        if part.tag() != "joint" {
            return Err(part.error("is not supported", "allowed: joint"));
        }
        part.check(&TENDON_JOINT)?;
        let joint = find_joint(&part, model)?;
        add(&part, model, (wrap::JOINT, joint, part.number("coef", 0.0)?))?;
    }
    let joints = &model.wrap_objid[*model.tendon_adr.last().unwrap_or(&0)..];
    let twice = joints.iter().enumerate().any(|(n, joint)| joints[..n].contains(joint));
    match joints {
        [] => Err(element.error("has no joint", "give it <joint joint=\"name\" coef=\"1\"/>")),
        _ if twice => Err(element.error("has a joint twice", "add the two coefficients")),
        _ => Ok(()),
    }
}

fn sites(element: &Element, model: &mut Model) -> Result<(), MjcfError> {
    let first = model.wrap_type.len();
    for part in element.children() {
        match part.tag() {
            "site" => part.check(&TENDON_SITE)?,
            "geom" => {
                let advice = "wrapping around a sphere or cylinder is not simulated: lead the tendon over sites fixed to the body";
                return Err(part.error("wraps around a geom, which is outside the subset", advice));
            }
            "pulley" => return Err(part.error("is not supported", "give each branch a tendon of its own")),
            _ => return Err(part.error("is not supported", "allowed: site")),
        }
        let site = find(&part, "site", &model.names.site, "site")?;
        add(&part, model, (wrap::SITE, site, 0.0))?;
    }
    if model.wrap_type.len() - first < 2 {
        return Err(
            element.error("has fewer than two sites", "give it <site site=\"name\"/> for each point it runs over")
        );
    }
    Ok(())
}

fn add(element: &Element, model: &mut Model, (kind, id, coefficient): (u32, usize, f64)) -> Result<(), MjcfError> {
    limits::at_most(element, model.wrap_type.len() + 1, limits::WRAPS, "points and joints of tendons")?;
    model.wrap_type.push(kind);
    model.wrap_objid.push(id);
    model.wrap_prm.push(coefficient);
    Ok(())
}

/// The one of `names` that an attribute names.
pub(super) fn find(element: &Element, attribute: &str, names: &[String], what: &str) -> Result<usize, MjcfError> {
    let name = element.text(attribute).unwrap_or_default();
    let found = names.iter().position(|known| known == name && !name.is_empty());
    found.ok_or_else(|| {
        let known: Vec<_> = names.iter().filter(|name| !name.is_empty()).map(String::as_str).collect();
        let problem = format!("`{}` names no {what}", shown(name));
        element.attribute_error(attribute, problem, format!("allowed: {}", known.join(", ")))
    })
}

/// The slide or hinge joint that an element names.
pub(super) fn find_joint(element: &Element, model: &Model) -> Result<usize, MjcfError> {
    let movable =
        |id: usize| if model.jnt_type[id] == joint::FREE { String::new() } else { model.names.joint[id].clone() };
    let names: Vec<String> = (0..model.sizes.njnt).map(movable).collect();
    find(element, "joint", &names, "slide or hinge joint")
}

impl Start {
    /// Length of a tendon in the start pose.
    fn tendon_length(&self, model: &Model, tendon: usize) -> f64 {
        let entries = || entries(model, tendon);
        if model.wrap_type[entries().start] == wrap::JOINT {
            let position = |at: usize| model.wrap_prm[at] * model.qpos0[model.jnt_qposadr[model.wrap_objid[at]]];
            return entries().map(position).sum();
        }
        let points: Vec<_> = entries().map(|at| self.site(model, model.wrap_objid[at])).collect();
        points.windows(2).map(|pair| dot(sub(pair[1], pair[0]), sub(pair[1], pair[0])).sqrt()).sum()
    }

    /// How each dof changes its length there, `[nv]`.
    pub(super) fn tendon_moment(&self, model: &Model, tendon: usize) -> Vec<f64> {
        let mut moment = vec![0.0; model.sizes.nv];
        let entries = entries(model, tendon);
        if model.wrap_type[entries.start] == wrap::JOINT {
            entries.for_each(|at| moment[model.jnt_dofadr[model.wrap_objid[at]]] = model.wrap_prm[at]);
            return moment;
        }
        let sites: Vec<usize> = entries.map(|at| model.wrap_objid[at]).collect();
        for pair in sites.windows(2) {
            let points = [0, 1].map(|end| self.site(model, pair[end]));
            let Some(unit) = direction(sub(points[1], points[0])) else { continue };
            let velocities = [0, 1].map(|end| self.velocities(model, model.site_bodyid[pair[end]], points[end]));
            for (dof, moment) in moment.iter_mut().enumerate() {
                *moment += dot(unit, sub(velocities[1][dof], velocities[0][dof]));
            }
        }
        moment
    }
}

fn entries(model: &Model, tendon: usize) -> std::ops::Range<usize> {
    // the tendon under construction has no count yet
    let end = model.tendon_num.get(tendon).map_or(model.wrap_type.len(), |count| model.tendon_adr[tendon] + count);
    model.tendon_adr[tendon]..end
}
