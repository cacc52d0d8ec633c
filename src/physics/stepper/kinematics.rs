//! Kinematics from joint positions: poses, centres of mass, spatial inertias and motion axes.

use super::{
    algebra::{M3, Spatial, V3, rotation, rounded},
    trace::{Ex, Trace},
    tree::{Tree, own_joints},
};
use crate::physics::model::{Model, Vec3, joint};

/// Everything that follows from `qpos` alone. Spatial quantities are about the centre of mass of the body's whole
/// tree, in world axes, so numbers stay small however far the robot runs.
pub struct Kinematics<'t> {
    /// Origin of each body.
    pub pos: Vec<V3<'t>>,
    /// Axes of each body.
    pub rot: Vec<M3<'t>>,
    /// Centre of mass of each body's tree.
    pub com: Vec<V3<'t>>,
    /// Centre of mass of each body, relative to that of its tree.
    pub offset: Vec<V3<'t>>,
    /// Spatial inertia of each body.
    pub inertia: Vec<Inertia<'t>>,
    /// Motion caused by unit velocity of each dof.
    pub axes: Vec<Spatial<'t>>,
}

/// A spatial inertia about a point.
#[derive(Clone, Copy)]
pub struct Inertia<'t> {
    /// Moments and products xx, yy, zz, xy, xz, yz.
    pub moment: [Ex<'t>; 6],
    /// Mass times the offset of the centre of mass.
    pub first: V3<'t>,
    /// Mass.
    pub mass: f64,
}

impl<'t> Inertia<'t> {
    /// Returns the force for the acceleration `motion`, or the momentum at the velocity `motion`.
    pub fn apply(&self, motion: Spatial<'t>) -> Spatial<'t> {
        let [xx, yy, zz, xy, xz, yz] = self.moment;
        let rows = M3([V3([xx, xy, xz]), V3([xy, yy, yz]), V3([xz, yz, zz])]);
        Spatial {
            ang: rows.apply(motion.ang) + self.first.cross(motion.lin),
            lin: motion.lin * self.mass - self.first.cross(motion.ang),
        }
    }

    /// Returns the inertia of both bodies as one.
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            moment: std::array::from_fn(|k| self.moment[k] + other.moment[k]),
            first: self.first + other.first,
            mass: self.mass + other.mass,
        }
    }
}

/// Poses of bodies and joints.
struct Poses<'t> {
    pos: Vec<V3<'t>>,
    rot: Vec<M3<'t>>,
    /// Point on the axis of each joint.
    anchor: Vec<V3<'t>>,
    /// Direction of the axis of each joint.
    axis: Vec<V3<'t>>,
}

/// Traces the kinematics at `q`.
pub fn kinematics<'t>(trace: &'t Trace, model: &Model, tree: &Tree, q: &[Ex<'t>]) -> Kinematics<'t> {
    trace.comment("poses of the bodies");
    let poses = poses(trace, model, tree, q);
    trace.comment("centres of mass and spatial inertias");
    let centre: Vec<_> = (0..model.sizes.nbody).map(|b| poses.pos[b] + poses.rot[b].turn(model.body_ipos[b])).collect();
    let com = centres_of_mass(trace, model, &centre);
    let offset: Vec<_> = centre.iter().zip(&com).map(|(centre, com)| *centre - *com).collect();
    let inertia = (0..model.sizes.nbody).map(|b| inertia(model, b, offset[b], poses.rot[b])).collect();
    trace.comment("motion axes of the degrees of freedom");
    let axes = axes(trace, model, &poses, &com);
    Kinematics { pos: poses.pos, rot: poses.rot, com, offset, inertia, axes }
}

fn poses<'t>(trace: &'t Trace, model: &Model, tree: &Tree, q: &[Ex<'t>]) -> Poses<'t> {
    let zero = V3::zero(trace);
    let identity = M3::constant(trace, rotation([1.0, 0.0, 0.0, 0.0]));
    let mut poses = Poses {
        pos: vec![zero],
        rot: vec![identity],
        anchor: vec![zero; model.sizes.njnt],
        axis: vec![zero; model.sizes.njnt],
    };
    for body in 1..model.sizes.nbody {
        let first = own_joints(model, body).start;
        let (pos, rot) = if model.body_jntnum[body] == 1 && model.jnt_type[first] == joint::FREE {
            let at = model.jnt_qposadr[first];
            (V3([q[at], q[at + 1], q[at + 2]]), free_rotation([q[at + 3], q[at + 4], q[at + 5], q[at + 6]]))
        } else {
            jointed(trace, model, body, q, &mut poses)
        };
        let name = &tree.names[body];
        poses.pos.push(pos.named(&format!("pos_{name}")));
        for (row, axis) in rot.0.iter().zip(["x", "y", "z"]) {
            row.named(&format!("rot_{name}_{axis}"));
        }
        poses.rot.push(rot);
    }
    poses
}

/// Returns the rotation of a quaternion that need not be a unit one.
fn free_rotation<'t>(q: [Ex<'t>; 4]) -> M3<'t> {
    let norm2 = q.iter().skip(1).fold(q[0] * q[0], |sum, x| sum + *x * *x);
    let scale = 2.0 / norm2;
    let [w, x, y, z] = q;
    let [sx, sy, sz] = [x, y, z].map(|component| component * scale);
    M3([
        V3([1.0 - (y * sy + z * sz), x * sy - w * sz, x * sz + w * sy]),
        V3([x * sy + w * sz, 1.0 - (x * sx + z * sz), y * sz - w * sx]),
        V3([x * sz - w * sy, y * sz + w * sx, 1.0 - (x * sx + y * sy)]),
    ])
}

/// Returns the pose of a body that hangs on its parent by slides and hinges, or is welded to it.
fn jointed<'t>(trace: &'t Trace, model: &Model, body: usize, q: &[Ex<'t>], poses: &mut Poses<'t>) -> (V3<'t>, M3<'t>) {
    let parent = model.body_parentid[body];
    let mut pos = poses.pos[parent] + poses.rot[parent].turn(model.body_pos[body]);
    let mut rot = poses.rot[parent].times(M3::constant(trace, rotation(model.body_quat[body])));
    for j in own_joints(model, body) {
        let anchor = pos + rot.turn(model.jnt_pos[j]);
        let axis = rot.turn(model.jnt_axis[j]);
        let at = model.jnt_qposadr[j];
        let moved = q[at] - model.qpos0[at];
        if model.jnt_type[j] == joint::SLIDE {
            pos = pos + axis * moved;
        } else {
            rot = rot.times(hinge_rotation(trace, model.jnt_axis[j], moved));
            pos = anchor - rot.turn(model.jnt_pos[j]);
        }
        poses.anchor[j] = anchor;
        poses.axis[j] = axis;
    }
    (pos, rot)
}

/// Returns the rotation by `angle` about a constant unit axis (Rodrigues), with exact zeros and ones if it is a
/// coordinate axis.
fn hinge_rotation<'t>(trace: &'t Trace, u: Vec3, angle: Ex<'t>) -> M3<'t> {
    let u = u.map(rounded);
    let pair = trace.call("sincos", &[angle]);
    let (sin, cos) = (pair.field("x"), pair.field("y"));
    let cross = [[0.0, -u[2], u[1]], [u[2], 0.0, -u[0]], [-u[1], u[0], 0.0]];
    let entry = |i: usize, k: usize| {
        let diagonal = i == k;
        if diagonal && u[i].abs() > 1.0 - 1e-12 {
            trace.num(1.0)
        } else if diagonal && u[i] == 0.0 {
            cos
        } else {
            let stay = if diagonal { cos } else { trace.num(0.0) };
            u[i] * u[k] * (1.0 - cos) + cross[i][k] * sin + stay
        }
    };
    M3(std::array::from_fn(|i| V3(std::array::from_fn(|k| entry(i, k)))))
}

/// Returns for each body the centre of mass of its tree.
fn centres_of_mass<'t>(trace: &'t Trace, model: &Model, centre: &[V3<'t>]) -> Vec<V3<'t>> {
    let tree_com = |root: usize| {
        let bodies = || (1..model.sizes.nbody).filter(move |&b| model.body_rootid[b] == root);
        let total: f64 = bodies().map(|b| model.body_mass[b]).sum::<f64>().max(f64::MIN_POSITIVE);
        bodies()
            .fold(V3::zero(trace), |sum, b| sum + centre[b] * (model.body_mass[b] / total))
            .named(&format!("com_{root}"))
    };
    let mut com: Vec<V3<'t>> = vec![];
    for body in 0..model.sizes.nbody {
        let root = model.body_rootid[body];
        com.push(match body {
            0 => V3::zero(trace),
            _ if root == body => tree_com(root),
            _ => com[root],
        });
    }
    com
}

/// Returns the body's inertia about a point at `-offset` from its centre of mass.
fn inertia<'t>(model: &Model, body: usize, offset: V3<'t>, rot: M3<'t>) -> Inertia<'t> {
    let mass = model.body_mass[body];
    let principal = model.body_inertia[body];
    let frame = rotation(model.body_iquat[body]);
    // I = d_base 1 + sum over the two other principal axes y of (d_y - d_base) y y^T
    let base = if (principal[1] - principal[0]).abs() <= (principal[2] - principal[1]).abs() { 0 } else { 2 };
    let others: Vec<_> = (0..3)
        .filter(|&k| k != base && (principal[k] - principal[base]).abs() > 1e-12 * principal[base])
        .map(|k| (principal[k] - principal[base], rot.turn(frame.map(|row| row[k]))))
        .collect();
    let first = offset * mass;
    let offset2 = first.dot(offset);
    let moment = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)].map(|(i, k)| {
        let start = if i == k { principal[base] + offset2 } else { 0.0 * offset2 };
        let sum = others.iter().fold(start, |sum, (excess, axis)| sum + *excess * (axis.0[i] * axis.0[k]));
        sum - first.0[i] * offset.0[k]
    });
    Inertia { moment, first, mass }
}

fn axes<'t>(trace: &'t Trace, model: &Model, poses: &Poses<'t>, com: &[V3<'t>]) -> Vec<Spatial<'t>> {
    let mut axes = vec![Spatial::zero(trace); model.sizes.nv];
    for j in 0..model.sizes.njnt {
        let (dof, body) = (model.jnt_dofadr[j], model.jnt_bodyid[j]);
        let about = |axis: V3<'t>, anchor: V3<'t>| Spatial { ang: axis, lin: axis.cross(com[body] - anchor) };
        match model.jnt_type[j] {
            joint::FREE => {
                for k in 0..3 {
                    let mut unit = [0.0; 3];
                    unit[k] = 1.0;
                    axes[dof + k].lin = V3::constant(trace, unit);
                    axes[dof + 3 + k] = about(poses.rot[body].column(k), poses.pos[body]);
                }
            }
            joint::SLIDE => axes[dof].lin = poses.axis[j],
            _ => axes[dof] = about(poses.axis[j], poses.anchor[j]),
        }
    }
    for (dof, axis) in axes.iter().enumerate() {
        axis.named(&format!("axis_{dof}"));
    }
    axes
}
