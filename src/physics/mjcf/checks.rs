//! What a model must satisfy as a whole before the stepper may run it.

use super::error::MjcfError;
use super::rotation::TINY;
use super::tree::Body;
use crate::physics::{
    model::{Model, geom},
    pairs::{is_known, kind_name, may_touch},
};

/// Refuses duplicate names, moving planes, moving bodies without mass, and pairs that could touch but have no routine.
pub(super) fn check(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    check_names(model, bodies)?;
    check_planes(model, bodies)?;
    check_masses(model, bodies)?;
    check_pairs(model, bodies)
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
            return Err(place.element.error(format!("the name `{name}` is used twice"), "rename one"));
        }
    }
    Ok(())
}

fn check_planes(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    for (id, body) in bodies.iter().enumerate().filter(|(id, _)| model.body_weldid[*id] != 0) {
        if let Some(plane) = body.geoms.iter().find(|one| one.kind == geom::PLANE) {
            let problem = format!("is a plane on the moving body {id} `{}`", body.name);
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
            let problem = format!("`{}` moves but has no mass or inertia", body.name);
            return Err(body.element.error(problem, "give it a geom with mass, or <inertial>"));
        }
    }
    Ok(())
}

fn check_pairs(model: &Model, bodies: &[Body]) -> Result<(), MjcfError> {
    let geoms: Vec<_> = bodies.iter().flat_map(|body| &body.geoms).collect();
    for first in 0..geoms.len() {
        for second in first + 1..geoms.len() {
            let (a, b) = (geoms[first], geoms[second]);
            let kinds = [a.kind.min(b.kind), a.kind.max(b.kind)];
            if !is_known(kinds) && may_touch(model, first, second) {
                let names = kinds.map(kind_name);
                let (a, b) = (&a.name, &b.name);
                let problem = format!(
                    "geoms {first} `{a}` and {second} `{b}` may touch, and there is no contact of {} and {}",
                    names[0], names[1]
                );
                let advice = "set contype and conaffinity apart, or use a capsule";
                return Err(geoms[second].element.error(problem, advice));
            }
        }
    }
    Ok(())
}
