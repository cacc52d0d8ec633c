//! Checks of a whole model before the stepper may run it.

use std::collections::BTreeMap;

use super::element::Element;
use super::error::Stop;
use super::rotation::TINY;
use super::tree::Body;
use super::{limits, shown::shown};
use crate::physics::{
    model::{Model, geom},
    pairs::{may_touch, ordered},
    stepper::{
        contact::{FIXED as FIXED_PROBLEM, pair},
        is_chain, moved,
        tree::Tree,
    },
};

/// Refuses moving planes, bodies that move without mass, and absurd masses. A body without mass is given some so that
/// the rest of the file can be checked.
pub(super) fn check(model: &mut Model, bodies: &[Body]) {
    check_planes(model, bodies);
    check_magnitudes(model, bodies);
    check_masses(model, bodies);
}

/// Returns the name of a body for messages.
fn called(id: usize, body: &Body) -> String {
    if body.name.is_empty() { format!("body {id}") } else { format!("body {id} `{}`", shown(&body.name)) }
}

fn check_planes(model: &Model, bodies: &[Body]) {
    for (id, body) in bodies.iter().enumerate().filter(|(id, _)| model.body_weldid[*id] != 0) {
        for plane in body.geoms.iter().filter(|one| one.kind == geom::PLANE) {
            let problem = format!("is a plane on the moving {}", called(id, body));
            plane.element.refuse(problem, "put planes into <worldbody>");
        }
    }
}

fn check_masses(model: &mut Model, bodies: &[Body]) {
    for (id, body) in bodies.iter().enumerate().filter(|(_, body)| !body.joints.is_empty()) {
        let welded = || (0..bodies.len()).filter(|other| model.body_weldid[*other] == id);
        let (mass, moment) = welded().fold((0.0, 0.0), |sum, other| {
            (sum.0 + model.body_mass[other], sum.1 + model.body_inertia[other].iter().sum::<f64>())
        });
        if mass > TINY && moment > TINY {
            continue;
        }
        if !welded().any(|other| bodies[other].incomplete) {
            let problem = format!("{} moves but has no mass or inertia", called(id, body));
            body.element.refuse(problem, "give it a geom with mass, or <inertial>");
        }
        (model.body_mass[id], model.body_inertia[id]) = (1.0, [1.0; 3]);
    }
}

/// Refuses masses and moments of inertia whose products could leave the range of `f32`.
fn check_magnitudes(model: &Model, bodies: &[Body]) {
    for (id, body) in bodies.iter().enumerate() {
        let [a, b, c] = model.body_inertia[id];
        let most = [model.body_mass[id], a, b, c].into_iter().fold(0.0, f64::max);
        if most > limits::MAGNITUDE {
            let problem = format!("has a mass or moment of inertia of {most:e}");
            body.element.refuse(problem, "sizes are in m, densities in kg/m^3: are the units right?");
        }
    }
}

/// Refuses pairs of geoms that can touch but whose contacts the steppers cannot compute. The inverse weights must be
/// set. Each reason is reported once, with the first pair.
pub(super) fn check_contacts(model: &Model, bodies: &[Body]) -> Result<(), Stop> {
    let geoms: Vec<_> = bodies.iter().flat_map(|body| &body.geoms).collect();
    let mut refused: BTreeMap<String, ([usize; 2], usize)> = BTreeMap::new();
    let mut count = 0;
    for (second, geom) in geoms.iter().enumerate() {
        for first in (0..second).filter(|first| may_touch(model, *first, second)) {
            count += 1;
            geom.element.at_most(count, limits::PAIRS, "pairs of geoms that can touch")?;
            let known = |geom: usize| moves_as_said(model, bodies, model.geom_bodyid[geom]);
            if let Err(error) = pair(model, ordered(model, first, second)) {
                if error.problem.contains(FIXED_PROBLEM) && !(known(first) && known(second)) {
                    continue; // a part that decides their motion was refused
                }
                refused.entry(error.problem).or_insert(([first, second], 0)).1 += 1;
            }
        }
    }
    for (problem, ([first, second], count)) in refused {
        let (a, b) = (shown(&geoms[first].name), shown(&geoms[second].name));
        let others = match count - 1 {
            0 => String::new(),
            others => format!(" (and {others} other pair{})", if others == 1 { "" } else { "s" }),
        };
        let problem = format!("geoms {first} `{a}` and {second} `{b}` may touch{others}, and {problem}");
        let advice = if problem.contains(FIXED_PROBLEM) { FIXED } else { APART };
        geoms[second].element.refuse(problem, advice);
    }
    Ok(())
}

/// Returns whether no part of a body or of its ancestors was refused.
fn moves_as_said(model: &Model, bodies: &[Body], body: usize) -> bool {
    !bodies[body].incomplete && (body == 0 || moves_as_said(model, bodies, model.body_parentid[body]))
}

const APART: &str = "where they never meet, keep them apart by contype and conaffinity or by <exclude>; where they \
    do, that loses their \
    contact, and spheres or capsules of their shape are nearer to the robot";

const FIXED: &str = "MuJoCo takes this contact, which can only turn the bodies; kept apart by contype and \
    conaffinity or by <exclude> they \
    no longer brake each other, so do that only where friction between them does not matter";

/// Refuses limits of tendons whose joints are not on one chain, which the steppers' solver cannot handle.
pub(super) fn check_tendons(model: &Model, places: &[Element]) {
    let Ok(tree) = Tree::new(model) else { return };
    for (tendon, place) in places.iter().enumerate().filter(|(tendon, _)| model.tendon_limited[*tendon]) {
        if is_chain(&tree, &moved(model, &tree, tendon)) {
            continue;
        }
        let name = shown(&model.names.tendon[tendon]);
        let problem =
            format!("tendon {tendon} `{name}` has a limit, and its joints are not on one chain from the root");
        let advice = "such a limit is not simulated, and without it the joints move on where MuJoCo's stop: limit \
            the joints themselves \
            instead, or let the tendon pull against a stiffness beyond a springlength of two numbers";
        place.refuse_attribute("range", problem, advice);
    }
}
