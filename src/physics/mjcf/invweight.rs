//! Inverse weights at `qpos0`: the mobility of each body and dof, which sets the softness of contacts and limits.
//!
//! For a body, it is the mean diagonal of `J M^-1 J^T`, once over translation and once over rotation. `J` is the
//! Jacobian of the centre of mass. For a dof, it is the diagonal of `M^-1`. A free joint averages its three
//! translations, and its three rotations (MuJoCo's `set0`).

use super::rotation::{Mat3, about, add, compose, cross, dot, rotate, rotated_diagonal, scale, sub, transform};
use crate::physics::model::{Model, Quat, Vec3, joint};

/// Column of a Jacobian: linear and angular velocity at unit velocity of a dof.
type Column = (Vec3, Vec3);

/// The robot in its start pose, with the motion of its points and its response to forces.
pub(super) struct Start {
    poses: Vec<(Vec3, Quat)>,
    /// Poses of the bodies with all joint springs at rest.
    rest: Vec<(Vec3, Quat)>,
    dofs: Vec<Motion>,
    /// Lower Cholesky factor of the inertia matrix.
    factor: Vec<Vec<f64>>,
}

impl Start {
    /// Returns the position of a site, m.
    pub(super) fn site(&self, model: &Model, site: usize) -> Vec3 {
        place(model, &self.poses, site)
    }

    /// Returns the position of a site with all joint springs at rest, m.
    pub(super) fn site_at_rest(&self, model: &Model, site: usize) -> Vec3 {
        place(model, &self.rest, site)
    }

    /// Returns the velocity that unit velocity of each dof gives to a point of a body, `[nv]`.
    pub(super) fn velocities(&self, model: &Model, body: usize, point: Vec3) -> Vec<Vec3> {
        point_jacobian(model, &self.dofs, body, point).into_iter().map(|(velocity, _)| velocity).collect()
    }

    /// Returns `x^T M^-1 x`.
    pub(super) fn mobility(&self, x: &[f64]) -> f64 {
        mobility(&self.factor, x.to_vec())
    }

    /// Returns `M^-1 x`.
    pub(super) fn acceleration(&self, x: &[f64]) -> Vec<f64> {
        let mut x = forward(&self.factor, x.to_vec());
        for i in (0..x.len()).rev() {
            let product: f64 = (i + 1..x.len()).map(|k| self.factor[k][i] * x[k]).sum();
            x[i] = (x[i] - product) / self.factor[i][i];
        }
        x
    }
}

/// Returns the position of a site for the given poses of the bodies.
fn place(model: &Model, poses: &[(Vec3, Quat)], site: usize) -> Vec3 {
    let (pos, quat) = poses[model.site_bodyid[site]];
    add(pos, rotate(quat, model.site_pos[site]))
}

/// Fills `body_invweight0`, `dof_invweight0` and `dof_m0`, and returns the start pose. `Err` holds the first dof
/// without inertia.
pub(super) fn set_inverse_weights(model: &mut Model) -> Result<Start, usize> {
    let poses = poses(model);
    let dofs = dof_motions(model, &poses);
    let jacobians: Vec<Vec<Column>> = (0..model.sizes.nbody).map(|id| jacobian(model, &poses, &dofs, id)).collect();
    let mass = mass_matrix(model, &poses, &jacobians);
    model.dof_m0 = (0..model.sizes.nv).map(|dof| mass[dof][dof]).collect();
    let factor = cholesky(mass)?;
    model.body_invweight0 = (0..model.sizes.nbody)
        .map(|id| match model.body_weldid[id] {
            0 => [0.0; 2],
            _ => [mean_mobility(&factor, &jacobians[id], |c| c.0), mean_mobility(&factor, &jacobians[id], |c| c.1)],
        })
        .collect();
    model.dof_invweight0 = dof_inverse_weights(model, &factor);
    for id in (1..model.sizes.nbody).filter(|id| only_slides(model, *id)).collect::<Vec<_>>() {
        let weight = 1.0 / model.body_mass[id];
        model.body_invweight0[id] = [weight, 0.0];
        (0..model.sizes.nv)
            .filter(|dof| model.dof_bodyid[*dof] == id)
            .for_each(|dof| model.dof_invweight0[dof] = weight);
    }
    let rest = poses_at(model, &model.qpos_spring);
    Ok(Start { poses, rest, dofs, factor })
}

/// Returns whether MuJoCo's special case applies to a body: its inverse weight is 1 / mass, whatever its armature and
/// number of slides.
///
/// Such a body has no children, and its parent is the world or a body fixed to it. Its frame lies at its centre of
/// mass, along its principal axes. It has only slides, along axes of this frame.
fn only_slides(model: &Model, id: usize) -> bool {
    const NEAR: f64 = 1e-6;
    let parent = model.body_parentid[id];
    let rooted = parent == 0 || (model.body_parentid[parent] == 0 && model.body_dofnum[parent] == 0);
    let carries = model.body_parentid.iter().skip(1).any(|other| *other == id);
    let at_origin = |pos: Vec3| pos.iter().all(|x| x.abs() < NEAR);
    let [_, turned @ ..] = model.body_iquat[id];
    let slides = |joint: &usize| {
        let along = model.jnt_axis[*joint].iter().filter(|x| x.abs() > super::rotation::TINY).count();
        model.jnt_type[*joint] == joint::SLIDE && along == 1 && at_origin(model.jnt_pos[*joint])
    };
    let joints: Vec<_> = (0..model.sizes.njnt).filter(|joint| model.jnt_bodyid[*joint] == id).collect();
    let sliding = !joints.is_empty() && joints.iter().all(slides);
    rooted && !carries && at_origin(model.body_ipos[id]) && at_origin(turned) && sliding
}

/// Returns the position and orientation of every body at `qpos0`, where no joint is displaced.
pub(super) fn poses(model: &Model) -> Vec<(Vec3, Quat)> {
    poses_at(model, &model.qpos0)
}

/// Returns the position and orientation of every body at `qpos`.
fn poses_at(model: &Model, qpos: &[f64]) -> Vec<(Vec3, Quat)> {
    let mut poses: Vec<(Vec3, Quat)> = vec![([0.0; 3], [1.0, 0.0, 0.0, 0.0])];
    for id in 1..model.sizes.nbody {
        let (pos, quat) = poses[model.body_parentid[id]];
        let mut pose = (add(pos, rotate(quat, model.body_pos[id])), compose(quat, model.body_quat[id]));
        for joint in (0..model.sizes.njnt).filter(|joint| model.jnt_bodyid[*joint] == id) {
            let at = model.jnt_qposadr[joint];
            let displaced = qpos[at] - model.qpos0[at];
            if model.jnt_type[joint] != joint::FREE && displaced != 0.0 {
                pose = moved(model, joint, displaced, pose);
            }
        }
        poses.push(pose);
    }
    poses
}

/// Returns a pose after one of the body's slides or hinges has moved by `displaced`.
pub(in crate::physics) fn moved(
    model: &Model,
    joint: usize,
    displaced: f64,
    (pos, quat): (Vec3, Quat),
) -> (Vec3, Quat) {
    if model.jnt_type[joint] == joint::SLIDE {
        return (add(pos, scale(rotate(quat, model.jnt_axis[joint]), displaced)), quat);
    }
    let arm = model.jnt_pos[joint];
    let turned = compose(quat, about(model.jnt_axis[joint], displaced));
    (sub(add(pos, rotate(quat, arm)), rotate(turned, arm)), turned)
}

/// Motion at unit velocity of a dof: a direction (translation), or a point of the axis and the angular velocity
/// (rotation).
enum Motion {
    Along(Vec3),
    About { anchor: Vec3, axis: Vec3 },
}

fn dof_motions(model: &Model, poses: &[(Vec3, Quat)]) -> Vec<Motion> {
    let mut motions = Vec::with_capacity(model.sizes.nv);
    for id in 0..model.sizes.njnt {
        let (pos, quat) = poses[model.jnt_bodyid[id]];
        let axis = rotate(quat, model.jnt_axis[id]);
        match model.jnt_type[id] {
            joint::FREE => {
                let unit = |i: usize| std::array::from_fn(|k| if k == i { 1.0 } else { 0.0 });
                motions.extend((0..3).map(|i| Motion::Along(unit(i))));
                motions.extend((0..3).map(|i| Motion::About { anchor: pos, axis: rotate(quat, unit(i)) }));
            }
            joint::SLIDE => motions.push(Motion::Along(axis)),
            _ => motions.push(Motion::About { anchor: add(pos, rotate(quat, model.jnt_pos[id])), axis }),
        }
    }
    motions
}

/// Returns the Jacobian of a body's centre of mass.
fn jacobian(model: &Model, poses: &[(Vec3, Quat)], dofs: &[Motion], id: usize) -> Vec<Column> {
    let (pos, quat) = poses[id];
    point_jacobian(model, dofs, id, add(pos, rotate(quat, model.body_ipos[id])))
}

/// Returns the Jacobian of a point of a body.
fn point_jacobian(model: &Model, dofs: &[Motion], id: usize, point: Vec3) -> Vec<Column> {
    let mut columns = vec![([0.0; 3], [0.0; 3]); dofs.len()];
    let mut body = id;
    while body > 0 {
        for dof in (0..dofs.len()).filter(|dof| model.dof_bodyid[*dof] == body) {
            columns[dof] = match dofs[dof] {
                Motion::Along(axis) => (axis, [0.0; 3]),
                Motion::About { anchor, axis } => (cross(axis, sub(point, anchor)), axis),
            };
        }
        body = model.body_parentid[body];
    }
    columns
}

/// Returns `M = sum_b (m Jp^T Jp + Jr^T I Jr) + diag(armature)`.
fn mass_matrix(model: &Model, poses: &[(Vec3, Quat)], jacobians: &[Vec<Column>]) -> Vec<Vec<f64>> {
    let nv = model.sizes.nv;
    let mut m = vec![vec![0.0; nv]; nv];
    for (dof, row) in m.iter_mut().enumerate() {
        row[dof] = model.dof_armature[dof];
    }
    for (id, columns) in jacobians.iter().enumerate().skip(1) {
        let axes = compose(poses[id].1, model.body_iquat[id]);
        let inertia: Mat3 = rotated_diagonal(axes, model.body_inertia[id]);
        for (row, left) in m.iter_mut().zip(columns) {
            let turned = transform(&inertia, left.1);
            for (element, right) in row.iter_mut().zip(columns) {
                *element += model.body_mass[id] * dot(left.0, right.0) + dot(turned, right.1);
            }
        }
    }
    m
}

/// Returns the lower factor `L` of `M = L L^T`. `Err` holds the first dof without a positive pivot.
fn cholesky(mut m: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>, usize> {
    for j in 0..m.len() {
        let pivot = m[j][j] - m[j][..j].iter().map(|x| x * x).sum::<f64>();
        if pivot.is_nan() || pivot <= super::rotation::TINY {
            return Err(j);
        }
        m[j][j] = pivot.sqrt();
        for i in j + 1..m.len() {
            let product: f64 = (0..j).map(|k| m[i][k] * m[j][k]).sum();
            m[i][j] = (m[i][j] - product) / m[j][j];
        }
    }
    Ok(m)
}

/// Returns `x^T M^-1 x`.
fn mobility(factor: &[Vec<f64>], x: Vec<f64>) -> f64 {
    forward(factor, x).iter().map(|x| x * x).sum()
}

/// Returns `L^-1 x`.
fn forward(factor: &[Vec<f64>], mut x: Vec<f64>) -> Vec<f64> {
    for i in 0..x.len() {
        let product: f64 = (0..i).map(|k| factor[i][k] * x[k]).sum();
        x[i] = (x[i] - product) / factor[i][i];
    }
    x
}

fn mean_mobility(factor: &[Vec<f64>], columns: &[Column], part: impl Fn(&Column) -> Vec3) -> f64 {
    let row = |i: usize| columns.iter().map(|column| part(column)[i]).collect();
    (0..3).map(|i| mobility(factor, row(i))).sum::<f64>() / 3.0
}

fn dof_inverse_weights(model: &Model, factor: &[Vec<f64>]) -> Vec<f64> {
    let nv = model.sizes.nv;
    let one = |dof: usize| mobility(factor, (0..nv).map(|i| f64::from(u8::from(i == dof))).collect());
    let mut weights: Vec<f64> = (0..nv).map(one).collect();
    for id in (0..model.sizes.njnt).filter(|id| model.jnt_type[*id] == joint::FREE) {
        for three in weights[model.jnt_dofadr[id]..][..6].chunks_mut(3) {
            three.fill(three.iter().sum::<f64>() / 3.0);
        }
    }
    weights
}
