//! What a model must satisfy as a whole before the stepper may run it.

use super::error::MjcfError;
use super::limits::{self, shown};
use super::rotation::TINY;
use super::tree::Body;
use crate::physics::{
    model::{Model, geom},
    pairs::{may_touch, ordered},
    stepper::contact::pair,
};

/// Refuses duplicate names, moving planes, bodies that move without mass, and absurd masses.
pub(super) fn check(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    check_names(model, bodies)?;
    check_planes(model, bodies)?;
    check_masses(model, bodies)?;
    check_magnitudes(model, bodies)
}

fn check_names(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    for names in [&model.names.body, &model.names.joint, &model.names.geom] {
        let mut seen = std::collections::BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !name.is_empty() && !seen.insert(name.as_str())) {
            // The second body of that name, or the one that holds the joint or geom; close enough to find it.
            let holds = |body: &&Body| {
                body.name == *name
                    || body.joints.iter().any(|joint| joint.name == *name)
                    || body.geoms.iter().any(|geom| geom.name == *name)
            };
            let place = bodies.iter().rfind(holds).unwrap_or(&bodies[0]);
            return Err(place.element.error(format!("the name `{}` is used twice", shown(name)), "rename one"));
        }
    }
    Ok(())
}

fn check_planes(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    for (id, body) in bodies.iter().enumerate().filter(|(id, _)| model.body_weldid[*id] != 0) {
        if let Some(plane) = body.geoms.iter().find(|one| one.kind == geom::PLANE) {
            let problem = format!("is a plane on the moving body {id} `{}`", shown(&body.name));
            return Err(plane.element.error(problem, "put planes into <worldbody>"));
        }
    }
    Ok(())
}

fn check_masses(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    for (id, body) in bodies.iter().enumerate().filter(|(_, body)| !body.joints.is_empty()) {
        let welded = (0..bodies.len()).filter(|other| model.body_weldid[*other] == id);
        let (mass, moment) = welded.fold((0.0, 0.0), |sum, other| {
            (sum.0 + model.body_mass[other], sum.1 + model.body_inertia[other].iter().sum::<f64>())
        });
        if mass <= TINY || moment <= TINY {
            let problem = format!("`{}` moves but has no mass or inertia", shown(&body.name));
            return Err(body.element.error(problem, "give it a geom with mass, or <inertial>"));
        }
    }
    Ok(())
}

/// Products of these must stay within `f32`.
fn check_magnitudes(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    for (id, body) in bodies.iter().enumerate() {
        let [a, b, c] = model.body_inertia[id];
        let most = [model.body_mass[id], a, b, c].into_iter().fold(0.0, f64::max);
        if most > limits::MAGNITUDE {
            let problem = format!("has a mass or moment of inertia of {most:e}");
            return Err(body.element.error(problem, "sizes are in m, densities in kg/m^3: are the units right?"));
        }
    }
    Ok(())
}

/// Refuses pairs of geoms that can touch but whose contacts the steppers do not know, once the inverse weights are set.
pub(super) fn check_contacts(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    let geoms: Vec<_> = bodies.iter().flat_map(|body| &body.geoms).collect();
    let mut count = 0;
    for second in 0..geoms.len() {
        for first in (0..second).filter(|first| may_touch(model, *first, second)) {
            count += 1;
            limits::at_most(&geoms[second].element, count, limits::PAIRS, "pairs of geoms that can touch")?;
            pair(model, ordered(model, first, second)).map_err(|error| {
                let (a, b) = (shown(&geoms[first].name), shown(&geoms[second].name));
                let problem = format!("geoms {first} `{a}` and {second} `{b}` may touch, and {}", error.problem);
                geoms[second].element.error(problem, "set contype and conaffinity apart, or use other geoms")
            })?;
        }
    }
    Ok(())
}
