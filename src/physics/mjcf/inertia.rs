//! Mass and inertia of geoms, and of bodies made of several.

use super::rotation::{IDENTITY, Mat3, TINY, add, dot, principal_axes, rotated_diagonal, scale, sub};
use crate::physics::model::{Quat, Vec3, geom};

/// Mass, frame and principal moments of a body or a geom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Inertia {
    /// Mass, kg.
    pub(super) mass: f64,
    /// Centre of mass in the body frame, m.
    pub(super) pos: Vec3,
    /// Principal axes in the body frame.
    pub(super) quat: Quat,
    /// Moments about the principal axes, kg m^2.
    pub(super) moments: Vec3,
}

impl Inertia {
    /// Inertia of a body without mass.
    pub(super) const NONE: Self = Self { mass: 0.0, pos: [0.0; 3], quat: IDENTITY, moments: [0.0; 3] };

    /// Returns the inertia with the moments and products `xx yy zz xy xz yz` about the centre of mass.
    pub(super) fn from_full(mass: f64, pos: Vec3, full: [f64; 6]) -> Self {
        let [xx, yy, zz, xy, xz, yz] = full;
        let (moments, quat) = principal_axes(&[[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]);
        Self { mass, pos, quat, moments }
    }

    /// Returns the inertia of a rigid union of parts. A single part keeps its own axes and order of moments, as in
    /// MuJoCo.
    pub(super) fn union(parts: &[Self]) -> Self {
        let parts: Vec<_> = parts.iter().filter(|part| part.mass > TINY).collect();
        if let [one] = parts[..] {
            return *one;
        }
        let mass: f64 = parts.iter().map(|part| part.mass).sum();
        if mass <= TINY {
            return Self::NONE;
        }
        let moment = parts.iter().fold([0.0; 3], |sum, part| add(sum, scale(part.pos, part.mass)));
        let pos = scale(moment, 1.0 / mass);
        let mut total: Mat3 = [[0.0; 3]; 3];
        for part in parts {
            let own = rotated_diagonal(part.quat, part.moments);
            let offset = sub(part.pos, pos);
            for (i, row) in total.iter_mut().enumerate() {
                for (j, element) in row.iter_mut().enumerate() {
                    let square = if i == j { dot(offset, offset) } else { 0.0 };
                    *element += own[i][j] + part.mass * (square - offset[i] * offset[j]);
                }
            }
        }
        let (moments, quat) = principal_axes(&total);
        Self { mass, pos, quat, moments }
    }
}

/// Returns the volume of a geom, m^3; a plane has none.
pub(super) fn volume(kind: u32, size: Vec3) -> f64 {
    use std::f64::consts::PI;
    let [a, b, c] = size;
    match kind {
        geom::SPHERE => 4.0 * PI * a * a * a / 3.0,
        geom::CAPSULE => PI * (a * a * 2.0 * b + 4.0 * a * a * a / 3.0),
        geom::ELLIPSOID => 4.0 * PI * a * b * c / 3.0,
        geom::CYLINDER => PI * a * a * 2.0 * b,
        geom::BOX => 8.0 * a * b * c,
        _ => 0.0,
    }
}

/// Returns the principal moments of a homogeneous geom about its centre, along its own axes, kg m^2.
pub(super) fn moments(kind: u32, size: Vec3, mass: f64) -> Vec3 {
    let [a, b, c] = size;
    match kind {
        geom::SPHERE => [0.4 * mass * a * a; 3],
        geom::CAPSULE => capsule_moments(a, 2.0 * b, mass),
        geom::ELLIPSOID => [b * b + c * c, a * a + c * c, a * a + b * b].map(|square| mass * square / 5.0),
        geom::CYLINDER => {
            let across = mass * (3.0 * a * a + 4.0 * b * b) / 12.0;
            [across, across, mass * a * a / 2.0]
        }
        geom::BOX => [b * b + c * c, a * a + c * c, a * a + b * b].map(|square| mass * square / 3.0),
        _ => [0.0; 3],
    }
}

/// Returns the moments of a cylinder with two half spheres, moved out along the axis.
fn capsule_moments(radius: f64, height: f64, mass: f64) -> Vec3 {
    let spheres = mass * 4.0 * radius / (4.0 * radius + 3.0 * height);
    let cylinder = mass - spheres;
    let sphere_moment = 0.4 * spheres * radius * radius;
    let across = cylinder * (3.0 * radius * radius + height * height) / 12.0
        + sphere_moment
        + spheres * height * (3.0 * radius + 2.0 * height) / 8.0;
    [across, across, cylinder * radius * radius / 2.0 + sphere_moment]
}
