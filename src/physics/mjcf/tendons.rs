//! `<tendon>`: weighted sums of joints, and lines from site to site.

use super::{
    defaults::Defaults,
    element::Element,
    error::Stop,
    foreign,
    invweight::Start,
    limits,
    names::Names,
    parts::{solimp, solref},
    rotation::{direction, dot, sub},
    settings::Compiler,
    shown::shown,
    trail::{Became, Trail},
    vocabulary::{FIXED_TENDON, SECTION, TENDON, TENDON_JOINT, TENDON_SITE},
};
use crate::physics::model::{Model, Vec3, joint, wrap};

/// Inputs shared by the readers of tendons and actuators.
pub(super) struct Context<'c, 'a> {
    pub(super) compiler: &'c Compiler,
    pub(super) defaults: &'c Defaults<'a>,
    pub(super) start: &'c Start,
}

/// Adds the tendons of a `<tendon>` section to the model, and the element of each to `places`.
pub(super) fn read<'a>(
    section: &Element<'a>,
    context: &Context<'_, 'a>,
    model: &mut Model,
    trail: &mut Trail,
    (names, places): (&mut Names, &mut Vec<Element<'a>>),
) -> Result<(), Stop> {
    section.check(&SECTION);
    for child in section.children() {
        let (number, tag) = (model.sizes.ntendon, child.tag());
        if tag != "fixed" && tag != "spatial" {
            child.refuse("is not supported", "allowed: fixed, spatial");
            continue;
        }
        child.at_most(number + 1, limits::TENDONS, "tendons")?;
        let element = context.defaults.apply(child, None);
        element.check(if tag == "fixed" { &FIXED_TENDON } else { &TENDON });
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
        properties(&element, context, number, model);
        model.names.tendon.push(names.take(&element));
        model.sizes.ntendon += 1;
        trail.add(&element, Became::Tendon(number));
        places.push(element);
    }
    Ok(())
}

/// Adds the spring, damper and limit of a tendon.
fn properties(element: &Element, context: &Context, number: usize, model: &mut Model) {
    let limited = context.compiler.limited(element, "limited", "range");
    model.tendon_limited.push(limited);
    model.tendon_range.push(element.numbers("range", [0.0; 2]));
    model.tendon_stiffness.push(element.number_from("stiffness", 0.0, 0.0));
    model.tendon_damping.push(element.number_from("damping", 0.0, 0.0));
    model.tendon_solref_lim.push(solref(element, "solreflimit"));
    model.tendon_solimp_lim.push(solimp(element, "solimplimit"));
    // one number gives both; without any, the spring rests at the tendon's own rest length
    let spring = match element.text("springlength") {
        None => [-1.0; 2],
        Some(text) if text.split_whitespace().count() == 1 => [element.number("springlength", -1.0); 2],
        Some(_) => element.numbers("springlength", [-1.0; 2]),
    };
    let spring = if spring == [-1.0; 2] { [context.start.rest_length(model, number); 2] } else { spring };
    if spring[0] > spring[1] {
        element.refuse_attribute("springlength", "the first is larger", "give the shorter length first");
    }
    model.tendon_lengthspring.push(spring);
}

fn joints(element: &Element, model: &mut Model) -> Result<(), Stop> {
    let before = element.refused();
    for part in element.children() {
        if part.tag() != "joint" {
            part.refuse("is not supported", "allowed: joint");
            continue;
        }
        part.check(&TENDON_JOINT);
        let coefficient = part.number("coef", 1.0);
        if part.text("coef").is_none() {
            part.refuse_attribute("coef", "is missing", "give the factor of the joint's position in the length");
        }
        let Some(joint) = find_joint(&part, model) else { continue };
        add(&part, model, (wrap::JOINT, joint, coefficient))?;
    }
    let joints = &model.wrap_objid[*model.tendon_adr.last().unwrap_or(&0)..];
    let twice = joints.iter().enumerate().any(|(n, joint)| joints[..n].contains(joint));
    match joints {
        [] if element.refused() == before => {
            element.refuse("has no joint", "give it <joint joint=\"name\" coef=\"1\"/>");
        }
        _ if twice => element.refuse("has a joint twice", "add the two coefficients"),
        _ => {}
    }
    Ok(())
}

fn sites(element: &Element, model: &mut Model) -> Result<(), Stop> {
    let (first, before) = (model.wrap_type.len(), element.refused());
    for part in element.children() {
        match part.tag() {
            "site" => {
                part.check(&TENDON_SITE);
                let Some(site) = find(&part, "site", &model.names.site, "site") else { continue };
                if model.wrap_objid[first..].last() == Some(&site) {
                    let problem = format!("`{}` stands twice in a row", shown(&model.names.site[site]));
                    part.refuse_attribute(
                        "site",
                        problem,
                        "name it once, or lead the tendon over another site between",
                    );
                }
                add(&part, model, (wrap::SITE, site, 0.0))?;
            }
            "geom" => {
                let advice = "wrapping around a sphere or cylinder is not simulated: a tendon that leads over sites \
                    fixed to the body \
                    instead has another lever arm where it would wrap";
                part.refuse("wraps around a geom, which is outside the subset", advice);
            }
            "pulley" => part.refuse(
                "is not supported",
                "branches of a tendon are not simulated: each has its own length and force here",
            ),
            tag => part.refuse("is not supported", foreign::advice(tag).unwrap_or("allowed: site".into())),
        }
    }
    if model.wrap_type.len() - first < 2 && element.refused() == before {
        let advice = "give it <site site=\"name\"/> for each point it runs over";
        element.refuse("has fewer than two sites", advice);
    }
    Ok(())
}

fn add(element: &Element, model: &mut Model, (kind, id, coefficient): (u32, usize, f64)) -> Result<(), Stop> {
    element.at_most(model.wrap_type.len() + 1, limits::WRAPS, "points and joints of tendons")?;
    model.wrap_type.push(kind);
    model.wrap_objid.push(id);
    model.wrap_prm.push(coefficient);
    Ok(())
}

/// Returns the index in `names` of the name in an attribute. An unknown name is refused.
pub(super) fn find(element: &Element, attribute: &str, names: &[String], what: &str) -> Option<usize> {
    let name = element.text(attribute).unwrap_or_default();
    let found = names.iter().position(|known| known == name && !name.is_empty());
    if found.is_none() {
        let known: Vec<_> = names.iter().filter(|name| !name.is_empty()).map(String::as_str).collect();
        let problem = format!("`{}` names no {what}", shown(name));
        let advice = match known[..] {
            [] => format!("the file names no {what}: give one a name"),
            _ => format!("allowed: {}", known.join(", ")),
        };
        element.refuse_attribute(attribute, problem, advice);
    }
    found
}

/// Returns the index of the slide or hinge joint that an element names.
pub(super) fn find_joint(element: &Element, model: &Model) -> Option<usize> {
    let movable =
        |id: usize| if model.jnt_type[id] == joint::FREE { String::new() } else { model.names.joint[id].clone() };
    let names: Vec<String> = (0..model.sizes.njnt).map(movable).collect();
    find(element, "joint", &names, "slide or hinge joint")
}

impl Start {
    /// Returns the length of a tendon in the start pose.
    fn tendon_length(&self, model: &Model, tendon: usize) -> f64 {
        length(model, tendon, &model.qpos0, |site| self.site(model, site))
    }

    /// Returns a tendon's length with all joint springs at rest, which is the default rest length of its own spring.
    fn rest_length(&self, model: &Model, tendon: usize) -> f64 {
        length(model, tendon, &model.qpos_spring, |site| self.site_at_rest(model, site))
    }

    /// Returns the derivative of a tendon's length by each dof in the start pose, `[nv]`.
    pub(super) fn tendon_moment(&self, model: &Model, tendon: usize) -> Vec<f64> {
        let mut moment = vec![0.0; model.sizes.nv];
        let entries = entries(model, tendon);
        if entries.is_empty() {
            return moment;
        }
        if model.wrap_type[entries.start] == wrap::JOINT {
            entries.for_each(|at| moment[model.jnt_dofadr[model.wrap_objid[at]]] = model.wrap_prm[at]);
            return moment;
        }
        let sites: Vec<usize> = entries.map(|at| model.wrap_objid[at]).collect();
        for pair in sites.windows(2) {
            let points = [0, 1].map(|end| self.site(model, pair[end]));
            // coincident sites pull along x, as in MuJoCo
            let unit = direction(sub(points[1], points[0])).unwrap_or([1.0, 0.0, 0.0]);
            let velocities = [0, 1].map(|end| self.velocities(model, model.site_bodyid[pair[end]], points[end]));
            for (dof, moment) in moment.iter_mut().enumerate() {
                *moment += dot(unit, sub(velocities[1][dof], velocities[0][dof]));
            }
        }
        moment
    }
}

fn length(model: &Model, tendon: usize, qpos: &[f64], site: impl Fn(usize) -> Vec3) -> f64 {
    let entries = || entries(model, tendon);
    if entries().is_empty() {
        return 0.0; // its parts were refused
    }
    if model.wrap_type[entries().start] == wrap::JOINT {
        let position = |at: usize| model.wrap_prm[at] * qpos[model.jnt_qposadr[model.wrap_objid[at]]];
        return entries().map(position).sum();
    }
    let points: Vec<_> = entries().map(|at| site(model.wrap_objid[at])).collect();
    points.windows(2).map(|pair| dot(sub(pair[1], pair[0]), sub(pair[1], pair[0])).sqrt()).sum()
}

fn entries(model: &Model, tendon: usize) -> std::ops::Range<usize> {
    // the tendon being read has no count yet
    let end = model.tendon_num.get(tendon).map_or(model.wrap_type.len(), |count| model.tendon_adr[tendon] + count);
    model.tendon_adr[tendon]..end
}
