//! Poses, spatial inertias and motion axes of a configuration.

use gpu_ec::physics::model::{Model, joint};

use super::real::*;

/// Spatial inertia about the centre of mass of the whole tree, world axes (MuJoCo's `cinert`).
#[derive(Debug, Clone, Copy)]
pub struct Inertia<T> {
    pub rotation: M3<T>,
    /// Mass times offset.
    pub moment: V3<T>,
    pub mass: T,
}

impl<T: Real> Inertia<T> {
    pub fn add(self, other: Self) -> Self {
        let rotation = std::array::from_fn(|i| add(self.rotation[i], other.rotation[i]));
        Self { rotation, moment: add(self.moment, other.moment), mass: self.mass + other.mass }
    }

    /// Momentum of a motion, or force of an acceleration.
    pub fn times(&self, motion: V6<T>) -> V6<T> {
        let (w, v) = split(motion);
        let rotation = add(mat_vec(&self.rotation, w), cross(self.moment, v));
        join(rotation, sub(scale(v, self.mass), cross(self.moment, w)))
    }

    /// `Ixx Iyy Izz Ixy Ixz Iyz`, mass times offset, mass.
    pub fn packed(&self) -> [T; 10] {
        let (r, m) = (&self.rotation, self.moment);
        [r[0][0], r[1][1], r[2][2], r[0][1], r[0][2], r[1][2], m[0], m[1], m[2], self.mass]
    }
}

/// Everything that depends on `qpos` alone; names are MuJoCo's.
#[derive(Debug, Clone)]
pub struct Kinematics<T> {
    pub xpos: Vec<V3<T>>,
    pub xquat: Vec<Q<T>>,
    pub xipos: Vec<V3<T>>,
    /// Principal axes of the bodies.
    pub ximat: Vec<M3<T>>,
    pub geom_xpos: Vec<V3<T>>,
    pub geom_xmat: Vec<M3<T>>,
    /// Per body: centre of mass of its tree.
    pub com: Vec<V3<T>>,
    pub cinert: Vec<Inertia<T>>,
    pub cdof: Vec<V6<T>>,
}

/// World anchor and axis of a joint.
type Axes<T> = Vec<(V3<T>, V3<T>)>;

impl<T: Real> Kinematics<T> {
    pub fn new(model: &Model, qpos: &[T]) -> Self {
        let (xpos, xquat, axes) = poses(model, qpos);
        let nbody = model.sizes.nbody;
        let place = |body: usize, local: [f64; 3]| add(xpos[body], rotate(xquat[body], of(local)));
        let turn = |body: usize, local: [f64; 4]| quat_mul(xquat[body], of(local));
        let xipos: Vec<_> = (0..nbody).map(|b| place(b, model.body_ipos[b])).collect();
        let geoms = 0..model.sizes.ngeom;
        let geom_xpos = geoms.clone().map(|g| place(model.geom_bodyid[g], model.geom_pos[g])).collect();
        let geom_xmat = geoms.map(|g| quat_matrix(turn(model.geom_bodyid[g], model.geom_quat[g]))).collect();
        let com = centres(model, &xipos);
        let ximat: Vec<_> = (0..nbody).map(|b| quat_matrix(turn(b, model.body_iquat[b]))).collect();
        let cinert = (0..nbody)
            .map(|b| {
                spatial_inertia(ximat[b], of(model.body_inertia[b]), T::of(model.body_mass[b]), sub(xipos[b], com[b]))
            })
            .collect();
        let cdof = motion_axes(model, &xpos, &xquat, &com, &axes);
        Self { xpos, xquat, xipos, ximat, geom_xpos, geom_xmat, com, cinert, cdof }
    }
}

fn poses<T: Real>(model: &Model, qpos: &[T]) -> (Vec<V3<T>>, Vec<Q<T>>, Axes<T>) {
    let mut xpos = vec![[T::of(0.0); 3]];
    let mut xquat = vec![of([1.0, 0.0, 0.0, 0.0])];
    let mut axes = Vec::new();
    for body in 1..model.sizes.nbody {
        let parent = model.body_parentid[body];
        let mut pos = add(xpos[parent], rotate(xquat[parent], of(model.body_pos[body])));
        let mut quat = quat_mul(xquat[parent], of(model.body_quat[body]));
        for id in (0..model.sizes.njnt).filter(|id| model.jnt_bodyid[*id] == body) {
            let adr = model.jnt_qposadr[id];
            if model.jnt_type[id] == joint::FREE {
                pos = [qpos[adr], qpos[adr + 1], qpos[adr + 2]];
                quat = unit([qpos[adr + 3], qpos[adr + 4], qpos[adr + 5], qpos[adr + 6]]);
                axes.push((pos, of(model.jnt_axis[id])));
                continue;
            }
            let anchor = add(pos, rotate(quat, of(model.jnt_pos[id])));
            let axis = rotate(quat, of(model.jnt_axis[id]));
            let displacement = qpos[adr] - T::of(model.qpos0[adr]);
            axes.push((anchor, axis));
            if model.jnt_type[id] == joint::SLIDE {
                pos = add(pos, scale(axis, displacement));
            } else {
                quat = quat_mul(quat, about(of(model.jnt_axis[id]), displacement));
                pos = sub(anchor, rotate(quat, of(model.jnt_pos[id])));
            }
        }
        xpos.push(pos);
        xquat.push(unit(quat));
    }
    (xpos, xquat, axes)
}

/// Per body the centre of mass of its tree; the world's is the origin.
fn centres<T: Real>(model: &Model, xipos: &[V3<T>]) -> Vec<V3<T>> {
    let nbody = model.sizes.nbody;
    let centre = |root: usize| {
        let members = (1..nbody).filter(|b| model.body_rootid[*b] == root);
        let zero = ([T::of(0.0); 3], T::of(0.0));
        let (moment, mass) = members.fold(zero, |(moment, mass), b| {
            let m = T::of(model.body_mass[b]);
            (add(moment, scale(xipos[b], m)), mass + m)
        });
        scale(moment, T::of(1.0) / mass)
    };
    (0..nbody).map(|b| if b == 0 { [T::of(0.0); 3] } else { centre(model.body_rootid[b]) }).collect()
}

fn spatial_inertia<T: Real>(frame: M3<T>, moments: V3<T>, mass: T, offset: V3<T>) -> Inertia<T> {
    let square = dot(&offset, &offset);
    let rotation = std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let own: T = (0..3).map(|k| frame[i][k] * moments[k] * frame[j][k]).sum();
            let diagonal = if i == j { square } else { T::of(0.0) };
            own + mass * (diagonal - offset[i] * offset[j])
        })
    });
    Inertia { rotation, moment: scale(offset, mass), mass }
}

fn motion_axes<T: Real>(model: &Model, xpos: &[V3<T>], xquat: &[Q<T>], com: &[V3<T>], axes: &Axes<T>) -> Vec<V6<T>> {
    let zero = [T::of(0.0); 3];
    let about_point = |axis: V3<T>, point: V3<T>, centre: V3<T>| join(axis, cross(axis, sub(centre, point)));
    let mut cdof = Vec::with_capacity(model.sizes.nv);
    for (id, (anchor, axis)) in axes.iter().enumerate() {
        let body = model.jnt_bodyid[id];
        match model.jnt_type[id] {
            joint::FREE => {
                let unit_axis = |i: usize| std::array::from_fn(|k| T::of(if k == i { 1.0 } else { 0.0 }));
                cdof.extend((0..3).map(|i| join(zero, unit_axis(i))));
                let frame = quat_matrix(xquat[body]);
                cdof.extend((0..3).map(|i| about_point(column(&frame, i), xpos[body], com[body])));
            }
            joint::SLIDE => cdof.push(join(zero, *axis)),
            _ => cdof.push(about_point(*axis, *anchor, com[body])),
        }
    }
    cdof
}
