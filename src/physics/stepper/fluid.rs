//! Drag of the medium: MuJoCo's model, in which every body is a box with its mass and principal moments.

use std::f64::consts::PI;

use super::{
    algebra::{M3, Spatial, V3, rotation},
    kinematics::Kinematics,
    trace::{Ex, Trace},
    tree::Tree,
};
use crate::physics::model::{Model, Vec3};

/// Drag of a body, `-(linear + square |u|) u` for each component of its velocity `u` in its principal axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drag {
    /// Torque by angular velocity, N m s and N m s^2.
    pub turning: [Coefficients; 3],
    /// Force by velocity, N s/m and N s^2/m^2.
    pub moving: [Coefficients; 3],
}

/// Drag coefficients of one component.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// Linear term, due to viscosity.
    pub linear: f64,
    /// Quadratic term, due to density.
    pub square: f64,
}

/// Returns the drag of a body; `None` in a vacuum or for a body without mass.
pub fn coefficients(model: &Model, body: usize) -> Option<Drag> {
    let (density, viscosity, mass) = (model.opt.density, model.opt.viscosity, model.body_mass[body]);
    if (density == 0.0 && viscosity == 0.0) || mass < 1e-15 {
        return None;
    }
    let [x, y, z] = model.body_inertia[body];
    let side = |rest: f64| (6.0 * rest.max(1e-15) / mass).sqrt();
    let sides: Vec3 = [side(y + z - x), side(x + z - y), side(x + y - z)];
    let diameter = sides.iter().sum::<f64>() / 3.0;
    let others = |k: usize| (sides[(k + 1) % 3], sides[(k + 2) % 3]);
    let turning = |k: usize| {
        let (a, b) = others(k);
        let linear = PI * diameter.powi(3) * viscosity;
        Coefficients { linear, square: density * sides[k] * (a.powi(4) + b.powi(4)) / 64.0 }
    };
    let moving = |k: usize| {
        let (a, b) = others(k);
        Coefficients { linear: 3.0 * PI * diameter * viscosity, square: 0.5 * density * a * b }
    };
    Some(Drag { turning: std::array::from_fn(turning), moving: std::array::from_fn(moving) })
}

/// Returns the forces of the medium on the dofs. `velocity` is per body.
pub fn drag<'t>(
    trace: &'t Trace,
    model: &Model,
    tree: &Tree,
    kin: &Kinematics<'t>,
    velocity: &[Spatial<'t>],
) -> Vec<Ex<'t>> {
    let mut wrench = vec![Spatial::zero(trace); model.sizes.nbody];
    for body in (1..model.sizes.nbody).rev() {
        if let Some(drag) = coefficients(model, body) {
            wrench[body] = wrench[body] + body_wrench(trace, model, &drag, body, kin, velocity[body]);
        }
        let parent = model.body_parentid[body];
        if parent > 0 {
            wrench[parent] = wrench[parent] + wrench[body];
        }
    }
    (0..tree.nv()).map(|i| kin.axes[i].dot(wrench[model.dof_bodyid[i]])).collect()
}

/// Returns the wrench on a body about the tree's centre of mass.
fn body_wrench<'t>(
    trace: &'t Trace,
    model: &Model,
    drag: &Drag,
    body: usize,
    kin: &Kinematics<'t>,
    velocity: Spatial<'t>,
) -> Spatial<'t> {
    let frame = kin.rot[body].times(M3::constant(trace, rotation(model.body_iquat[body])));
    let wind = V3::constant(trace, model.opt.wind);
    let turning = frame.apply_transposed(velocity.ang);
    let moving = frame.apply_transposed(velocity.at(kin.offset[body]) - wind);
    let torque = frame.apply(resisted(turning, &drag.turning));
    let force = frame.apply(resisted(moving, &drag.moving));
    Spatial { ang: torque + kin.offset[body].cross(force), lin: force }
}

fn resisted<'t>(u: V3<'t>, by: &[Coefficients; 3]) -> V3<'t> {
    V3(std::array::from_fn(|k| -(u.0[k] * (by[k].linear + by[k].square * u.0[k].abs()))))
}
