//! A robot's mirror symmetry: whether reflection in the world's plane y = 0 leaves it unchanged, and its effect on
//! the coordinates.
//!
//! It is found from the model, whatever the names of its parts. Bodies are paired so that everything that the
//! steppers read is each other's image. Joint springs, dampers and armature may differ (Gymnasium's Humanoid has two
//! that do). Images then move almost alike, and [`Symmetry::differences`] lists the differences.

mod layout;
mod parts;
mod pulls;
mod tree;

use self::{
    layout::{Layout, are_equal, joints, reflected},
    parts::{image_of_range, name, number, range},
    pulls::Pulls,
    tree::Table,
};
use super::{
    model::{Model, joint},
    stepper::Place,
};
use crate::kernel::mirror::Image;

/// Components that change sign in the image of a vector, such as a position, a velocity or a force.
pub const VECTOR: [bool; 3] = [false, true, false];
/// Components that change sign in the image of an axial vector: an angular velocity, a torque, the vector part of a
/// quaternion.
pub const AXIAL: [bool; 3] = [true, false, true];

/// Mirror images of a robot's bodies and coordinates.
#[derive(Debug)]
pub struct Symmetry<'a> {
    layout: Layout<'a>,
    /// Image of every body, `[nbody]`.
    pub bodies: Vec<usize>,
    /// Image of `qpos`.
    pub qpos: Image,
    /// Image of `qvel`, and of forces on the dofs.
    pub qvel: Image,
    /// Image of `ctrl`.
    pub ctrl: Image,
    /// Image of the activations.
    pub act: Image,
    /// Springs, dampers and armature that differ from those of their images, one line each. If empty, a state and its
    /// mirror image stay mirror images.
    pub differences: Vec<String>,
}

impl<'a> Symmetry<'a> {
    /// Finds the symmetry. Joints named in `pairs` are each other's images, whatever else is possible.
    ///
    /// Errors: the first part that has no image, as the end of a sentence.
    pub fn of(model: &'a Model, pairs: &[[usize; 2]]) -> Result<Self, String> {
        check_world(model)?;
        let layout = Layout::new(model);
        let table = Table::new(&layout, pairs);
        let bodies = table.images()?;
        let joints = joint_images(&layout, &bodies);
        check_exclusions(model, &bodies)?;
        check_pairs(model, &joints, pairs)?;
        let Pulls { ctrl, act } = Pulls::of(&layout, &bodies, &joints)?;
        let (qpos, qvel) = coordinates(model, &joints);
        if [&qpos, &qvel, &ctrl].iter().all(|image| image.is_identity()) {
            return Err(table.nothing_swaps());
        }
        let differences = differences(model, &bodies, &joints, &qpos);
        Ok(Self { bodies, qpos, qvel, ctrl, act, differences, layout })
    }

    /// Returns the point whose path is the image of the path of `place`.
    pub fn place(&self, place: &Place) -> Place {
        let body = self.bodies[place.body];
        let point = reflected(self.layout.point(place.body, place.offset));
        Place { body, offset: self.layout.offset(body, point) }
    }

    /// Returns whether two points of bodies are the same.
    pub fn is_same(&self, a: &Place, b: &Place) -> bool {
        let point = |place: &Place| self.layout.point(place.body, place.offset);
        a.body == b.body && self.layout.are_near(point(a), point(b))
    }

    /// Returns whether the z axis of a body's image is opposite to the image of the body's z axis. `None` if they are
    /// not parallel.
    pub fn turns_over(&self, body: usize) -> Option<bool> {
        let (wanted, found) = (reflected(self.layout.z_axis(body)), self.layout.z_axis(self.bodies[body]));
        layout::are_parallel(wanted, found).then(|| wanted.iter().zip(found).map(|(a, b)| a * b).sum::<f64>() < 0.0)
    }
}

/// Checks that gravity and wind lie in the plane.
fn check_world(model: &Model) -> Result<(), String> {
    let y = |what: &str, [x, y, z]: [f64; 3]| match y.abs() <= 1e-12 * x.abs().max(z.abs()) {
        true => Ok(()),
        false => Err(format!("{what} has a part across the plane y = 0: {y} along y")),
    };
    y("gravity", model.opt.gravity)?;
    y("the wind", model.opt.wind)
}

/// Checks that the images of excluded pairs of bodies are excluded, too.
fn check_exclusions(model: &Model, bodies: &[usize]) -> Result<(), String> {
    let excluded = |pair: [usize; 2]| model.exclude.iter().any(|[a, b]| [*a, *b] == pair || [*b, *a] == pair);
    let alone = model.exclude.iter().find(|pair| !excluded(pair.map(|body| bodies[body])));
    alone.map_or(Ok(()), |pair| {
        let [a, b, c, d] =
            [pair[0], pair[1], bodies[pair[0]], bodies[pair[1]]].map(|body| name(&model.names.body, "body", body));
        Err(format!("contacts of {a} and {b} are excluded, those of {c} and {d} are not"))
    })
}

/// Returns the image of every joint, and the sign of its coordinate.
fn joint_images(layout: &Layout, bodies: &[usize]) -> Vec<(usize, f64)> {
    let mut images = vec![(0, 1.0); layout.model.sizes.njnt];
    for (a, b) in bodies.iter().enumerate() {
        for (a, b) in joints(layout.model, a).zip(joints(layout.model, *b)) {
            images[a] = (b, layout.sign(a, b).unwrap_or(1.0));
        }
    }
    images
}

/// Checks the named pairs. A name may pair a joint with a neighbour of its image on the same body.
fn check_pairs(model: &Model, joints: &[(usize, f64)], pairs: &[[usize; 2]]) -> Result<(), String> {
    let wrong = pairs.iter().find(|[a, b]| joints[*a].0 != *b);
    wrong.map_or(Ok(()), |[a, b]| {
        let [a, b, image] = [*a, *b, joints[*a].0].map(|id| name(&model.names.joint, "joint", id));
        Err(format!("{b} is not the image of {a}: {image} is"))
    })
}

/// Returns the images of `qpos` and `qvel`.
fn coordinates(model: &Model, joints: &[(usize, f64)]) -> (Image, Image) {
    let mut qpos = Image::identity(model.sizes.nq);
    let mut qvel = Image::identity(model.sizes.nv);
    for (a, &(b, sign)) in joints.iter().enumerate() {
        let (place, turn): (Vec<bool>, Vec<bool>) = match model.jnt_type[a] {
            joint::FREE => ([&VECTOR[..], &[false], &AXIAL].concat(), [VECTOR, AXIAL].concat()),
            _ => (vec![sign < 0.0], vec![sign < 0.0]),
        };
        for (k, negated) in place.into_iter().enumerate() {
            qpos.set(model.jnt_qposadr[b] + k, model.jnt_qposadr[a] + k, negated);
        }
        for (k, negated) in turn.into_iter().enumerate() {
            qvel.set(model.jnt_dofadr[b] + k, model.jnt_dofadr[a] + k, negated);
        }
    }
    (qpos, qvel)
}

/// Returns the springs, dampers and armature that differ from those of their images. Without any, returns the
/// difference that follows from an asymmetric start pose.
fn differences(model: &Model, bodies: &[usize], joints: &[(usize, f64)], qpos: &Image) -> Vec<String> {
    let mut found = vec![];
    for (a, &(b, sign)) in joints.iter().enumerate().filter(|(a, (b, _))| a <= b) {
        let of = |what: &str| format!("{what} of {}", name(&model.names.joint, "joint", b));
        let spring = |id: usize| model.qpos_spring[model.jnt_qposadr[id]];
        let dof = |values: &[f64], id: usize| values[model.jnt_dofadr[id]];
        let rest = image_of_range([spring(a); 2], sign);
        let is_sprung = model.jnt_stiffness[a] > 0.0 && model.jnt_type[a] != joint::FREE;
        let checks = [
            number(&of("the stiffness"), model.jnt_stiffness[b], model.jnt_stiffness[a]),
            if is_sprung { range(&of("the rest of the spring"), [spring(b); 2], rest) } else { Ok(()) },
            number(&of("the damping"), dof(&model.dof_damping, b), dof(&model.dof_damping, a)),
            number(&of("the armature"), dof(&model.dof_armature, b), dof(&model.dof_armature, a)),
        ];
        found.extend(checks.into_iter().filter_map(Result::err));
    }
    let weight = |body: usize| model.body_invweight0[body];
    let soft = (0..model.sizes.nbody).find(|&a| (0..2).any(|k| !are_equal(weight(a)[k], weight(bodies[a])[k])));
    if let Some(body) = soft.filter(|_| found.is_empty()) {
        let first = (0..model.sizes.nq).find(|&k| qpos.of[k] != k || qpos.negated[k]);
        found.push(format!(
            "{} in the start pose, from which the softness of contacts follows, is not its image's{}",
            name(&model.names.body, "body", body),
            first.map_or(String::new(), |k| format!(" (qpos0[{k}] is {})", model.qpos0[k])),
        ));
    }
    found
}
