//! Traced vectors, matrices and spatial vectors, component by component.

use std::{array, ops};

use super::trace::{Ex, ROUNDING, Trace};
use crate::physics::model::{Quat, Vec3};

/// A vector in R^3.
#[derive(Clone, Copy)]
pub struct V3<'t>(pub [Ex<'t>; 3]);

/// A 3 x 3 matrix, by rows.
#[derive(Clone, Copy)]
pub struct M3<'t>(pub [V3<'t>; 3]);

/// A motion (angular, linear velocity) or a force (torque, force) about one point, world axes.
#[derive(Clone, Copy)]
pub struct Spatial<'t> {
    /// Angular velocity, or torque.
    pub ang: V3<'t>,
    /// Linear velocity, or force.
    pub lin: V3<'t>,
}

impl<'t> V3<'t> {
    /// Returns a constant vector, free of rounding.
    pub fn constant(trace: &'t Trace, v: Vec3) -> Self {
        Self(v.map(|x| trace.num(rounded(x))))
    }

    /// Returns the zero vector.
    pub fn zero(trace: &'t Trace) -> Self {
        Self::constant(trace, [0.0; 3])
    }

    /// Returns the scalar product.
    pub fn dot(self, other: Self) -> Ex<'t> {
        self.0[0] * other.0[0] + self.0[1] * other.0[1] + self.0[2] * other.0[2]
    }

    /// Returns the vector product.
    pub fn cross(self, other: Self) -> Self {
        let (Self([a, b, c]), Self([x, y, z])) = (self, other);
        Self([b * z - c * y, c * x - a * z, a * y - b * x])
    }

    /// Names the components `label_x`, `label_y`, `label_z`.
    pub fn named(self, label: &str) -> Self {
        for (component, axis) in self.0.iter().zip(["x", "y", "z"]) {
            component.named(&format!("{label}_{axis}"));
        }
        self
    }
}

impl<'t> ops::Add for V3<'t> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(array::from_fn(|k| self.0[k] + other.0[k]))
    }
}

impl<'t> ops::Sub for V3<'t> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(array::from_fn(|k| self.0[k] - other.0[k]))
    }
}

impl<'t> ops::Mul<Ex<'t>> for V3<'t> {
    type Output = Self;
    fn mul(self, scale: Ex<'t>) -> Self {
        Self(self.0.map(|x| x * scale))
    }
}

impl<'t> ops::Mul<f64> for V3<'t> {
    type Output = Self;
    fn mul(self, scale: f64) -> Self {
        Self(self.0.map(|x| x * scale))
    }
}

impl<'t> M3<'t> {
    /// Returns a constant matrix.
    pub fn constant(trace: &'t Trace, m: [Vec3; 3]) -> Self {
        Self(m.map(|row| V3::constant(trace, row)))
    }

    /// Returns column `k`.
    pub fn column(self, k: usize) -> V3<'t> {
        V3(array::from_fn(|row| self.0[row].0[k]))
    }

    /// Returns the matrix times a vector.
    pub fn apply(self, v: V3<'t>) -> V3<'t> {
        V3(self.0.map(|row| row.dot(v)))
    }

    /// Returns the matrix times a constant vector.
    pub fn turn(self, v: Vec3) -> V3<'t> {
        self.apply(V3::constant(self.0[0].0[0].trace, v))
    }

    /// Returns the transposed matrix times a vector.
    pub fn apply_transposed(self, v: V3<'t>) -> V3<'t> {
        V3(array::from_fn(|k| self.column(k).dot(v)))
    }

    /// Returns the matrix product.
    pub fn times(self, other: Self) -> Self {
        Self(self.0.map(|row| V3(array::from_fn(|k| row.dot(other.column(k))))))
    }
}

impl<'t> Spatial<'t> {
    /// Returns a zero motion or force.
    pub fn zero(trace: &'t Trace) -> Self {
        Self { ang: V3::zero(trace), lin: V3::zero(trace) }
    }

    /// Returns the power of a force on a motion.
    pub fn dot(self, other: Self) -> Ex<'t> {
        self.ang.dot(other.ang) + self.lin.dot(other.lin)
    }

    /// Returns the rate of change of the motion `other` when it moves with the motion `self`.
    pub fn cross_motion(self, other: Self) -> Self {
        Self { ang: self.ang.cross(other.ang), lin: self.ang.cross(other.lin) + self.lin.cross(other.ang) }
    }

    /// Returns the rate of change of the force `other` when it moves with the motion `self`.
    pub fn cross_force(self, other: Self) -> Self {
        Self { ang: self.ang.cross(other.ang) + self.lin.cross(other.lin), lin: self.ang.cross(other.lin) }
    }

    /// Returns the six components, angular first.
    pub fn components(self) -> [Ex<'t>; 6] {
        array::from_fn(|k| if k < 3 { self.ang.0[k] } else { self.lin.0[k - 3] })
    }

    /// Returns the linear velocity at offset `r` from the reference point.
    pub fn at(self, r: V3<'t>) -> V3<'t> {
        self.lin + self.ang.cross(r)
    }

    /// Names the components `label_ang_x` to `label_lin_z`.
    pub fn named(self, label: &str) -> Self {
        self.ang.named(&format!("{label}_ang"));
        self.lin.named(&format!("{label}_lin"));
        self
    }
}

impl<'t> ops::Add for Spatial<'t> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { ang: self.ang + other.ang, lin: self.lin + other.lin }
    }
}

impl<'t> ops::Mul<Ex<'t>> for Spatial<'t> {
    type Output = Self;
    fn mul(self, scale: Ex<'t>) -> Self {
        Self { ang: self.ang * scale, lin: self.lin * scale }
    }
}

/// Returns a component of a constant vector, with the rounding of a zero removed.
pub fn rounded(x: f64) -> f64 {
    if x.abs() < ROUNDING { 0.0 } else { x }
}

/// Returns the rotation matrix of a constant quaternion.
pub fn rotation(q: Quat) -> [Vec3; 3] {
    let norm = q.iter().map(|x| x * x).sum::<f64>().sqrt();
    let [w, x, y, z] = q.map(|v| v / norm);
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

/// Returns the axis of a capsule whose geom frame is turned by `q`: its z axis.
pub fn z_axis(q: Quat) -> Vec3 {
    rotation(q).map(|row| row[2])
}
