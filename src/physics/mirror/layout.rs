//! Layout of a robot's parts in the pose in which mirror images are compared.
//!
//! In this pose every slide and hinge is at coordinate 0, and every free body lies at the origin without rotation.
//! Any other pose follows by displacements along and about the joints' axes, one after the other. So parts that are
//! each other's images here are so in all poses.

use crate::physics::{
    mjcf::{
        invweight::moved,
        rotation::{IDENTITY, Mat3, add, compose, cross, dot, matrix, rotate, rotated_diagonal, scale, sub},
    },
    model::{Model, Quat, Vec3, joint},
};

/// Largest difference between a part and the image of another, as a share of the larger or of the robot's size. `f64`
/// rounding in compiled rotations and principal axes (parts in 1e15, over tens of operations) stays far below it.
/// Numbers that really differ in a file differ by far more.
const ROUNDING: f64 = 1e-9;

/// Poses of the bodies and axes of the joints, in the world.
#[derive(Debug)]
pub struct Layout<'a> {
    pub model: &'a Model,
    bodies: Vec<(Vec3, Quat)>,
    /// Point on the axis and direction, for slides and hinges.
    axes: Vec<(Vec3, Vec3)>,
    /// Largest distance from the origin, m.
    size: f64,
}

impl<'a> Layout<'a> {
    /// Computes the layout of a robot.
    pub fn new(model: &'a Model) -> Self {
        let mut layout = Self {
            model,
            bodies: vec![([0.0; 3], IDENTITY)],
            axes: vec![([0.0; 3], [0.0; 3]); model.sizes.njnt],
            size: 0.0,
        };
        for body in 1..model.sizes.nbody {
            let pose = layout.pose(body);
            layout.bodies.push(pose);
        }
        let centres = (0..model.sizes.nbody).map(|body| layout.centre_of_mass(body));
        let geoms = (0..model.sizes.ngeom).map(|geom| layout.geom(geom).0);
        let anchors = layout.axes.iter().map(|(anchor, _)| *anchor);
        let sites = (0..model.sizes.nsite).map(|site| layout.site(site));
        let points = centres.chain(geoms).chain(anchors).chain(sites);
        layout.size = points.map(|point| dot(point, point).sqrt()).fold(0.0, f64::max);
        layout
    }

    fn pose(&mut self, body: usize) -> (Vec3, Quat) {
        let model = self.model;
        let joints = joints(model, body);
        if joints.clone().any(|id| model.jnt_type[id] == joint::FREE) {
            return ([0.0; 3], IDENTITY);
        }
        let mut pose = self.within(model.body_parentid[body], model.body_pos[body], model.body_quat[body]);
        for id in joints {
            let (origin, turn) = pose;
            self.axes[id] = (add(origin, rotate(turn, model.jnt_pos[id])), rotate(turn, model.jnt_axis[id]));
            pose = moved(model, id, -model.qpos0[model.jnt_qposadr[id]], pose);
        }
        pose
    }

    /// Returns the world pose of a frame given in a body's frame.
    fn within(&self, body: usize, pos: Vec3, quat: Quat) -> (Vec3, Quat) {
        (self.point(body, pos), compose(self.bodies[body].1, quat))
    }

    /// Returns the world position of a point given in a body's frame.
    pub fn point(&self, body: usize, offset: Vec3) -> Vec3 {
        let (origin, turn) = self.bodies[body];
        add(origin, rotate(turn, offset))
    }

    /// Returns the position in a body's frame of a point given in the world.
    pub fn offset(&self, body: usize, point: Vec3) -> Vec3 {
        let (origin, [w, x, y, z]) = self.bodies[body];
        rotate([w, -x, -y, -z], sub(point, origin))
    }

    /// Returns the z axis of a body.
    pub fn z_axis(&self, body: usize) -> Vec3 {
        rotate(self.bodies[body].1, [0.0, 0.0, 1.0])
    }

    /// Returns a body's centre of mass.
    pub fn centre_of_mass(&self, body: usize) -> Vec3 {
        self.point(body, self.model.body_ipos[body])
    }

    /// Returns the frame of a body's principal axes.
    pub fn principal_frame(&self, body: usize) -> Quat {
        compose(self.bodies[body].1, self.model.body_iquat[body])
    }

    /// Returns a body's inertia about its centre of mass, along the world's axes.
    pub fn inertia(&self, body: usize) -> Mat3 {
        rotated_diagonal(self.principal_frame(body), self.model.body_inertia[body])
    }

    /// Returns the centre and frame of a geom.
    pub fn geom(&self, geom: usize) -> (Vec3, Quat) {
        self.within(self.model.geom_bodyid[geom], self.model.geom_pos[geom], self.model.geom_quat[geom])
    }

    /// Returns the position of a site.
    pub fn site(&self, site: usize) -> Vec3 {
        self.point(self.model.site_bodyid[site], self.model.site_pos[site])
    }

    /// Returns the sign that maps the coordinate of joint `a` to that of its image `b`, a joint of the same kind.
    /// `None` if `b` is not along or about the image of `a`'s axis. Free joints are left out, since each of their
    /// coordinates has a sign of its own.
    pub fn sign(&self, a: usize, b: usize) -> Option<f64> {
        let ((anchor, axis), (other_anchor, other_axis)) = (self.axes[a], self.axes[b]);
        let slides = self.model.jnt_type[a] == joint::SLIDE;
        let wanted = if slides { reflected(axis) } else { reflected_turn(axis) };
        let off = cross(sub(other_anchor, reflected(anchor)), other_axis);
        let same_line = slides || self.are_near(off, [0.0; 3]);
        (same_line && are_parallel(wanted, other_axis)).then(|| dot(wanted, other_axis).signum())
    }

    /// Returns whether two points coincide, up to rounding.
    pub fn are_near(&self, a: Vec3, b: Vec3) -> bool {
        (0..3).all(|k| (a[k] - b[k]).abs() <= ROUNDING * self.size)
    }
}

/// Returns the joints of a body.
pub fn joints(model: &Model, body: usize) -> std::ops::Range<usize> {
    let first = usize::try_from(model.body_jntadr[body]).unwrap_or_default();
    first..first + model.body_jntnum[body]
}

/// Returns the image of a point or of a direction.
pub fn reflected([x, y, z]: Vec3) -> Vec3 {
    [x, -y, z]
}

/// Returns the image of a rotation's axis: a turn from x to y, seen in the mirror, goes from x to -y.
pub fn reflected_turn(axis: Vec3) -> Vec3 {
    scale(reflected(axis), -1.0)
}

/// Returns the image of a tensor along the world's axes.
pub fn reflected_tensor(tensor: &Mat3) -> Mat3 {
    std::array::from_fn(|i| reflected(if i == 1 { scale(tensor[i], -1.0) } else { tensor[i] }))
}

/// Returns whether two numbers are equal, up to rounding.
pub fn are_equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= ROUNDING * a.abs().max(b.abs())
}

/// Returns whether two unit vectors are parallel or opposite, up to rounding.
pub fn are_parallel(a: Vec3, b: Vec3) -> bool {
    let off = cross(a, b);
    dot(off, off).sqrt() <= ROUNDING
}

/// Returns whether two symmetric tensors are equal, up to rounding.
pub fn are_same_tensors(a: &Mat3, b: &Mat3) -> bool {
    let largest = a.iter().chain(b).flatten().fold(0.0f64, |most, x| most.max(x.abs()));
    a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| (a - b).abs() <= ROUNDING * largest)
}

/// Returns whether two frames, with a number along each axis, are images of each other up to the order and signs of
/// the axes.
pub fn are_images((frame, along): (Quat, Vec3), (other, other_along): (Quat, Vec3)) -> bool {
    let axis = |frame: Quat, k: usize| matrix(frame).map(|row| row[k]);
    let same = |k: usize, m: usize| {
        are_equal(along[k], other_along[m]) && are_parallel(reflected(axis(frame, k)), axis(other, m))
    };
    (0..3).all(|k| (0..3).any(|m| same(k, m)))
}
