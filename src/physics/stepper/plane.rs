//! Planes, and the points of geoms that can touch one, in the plane's own frame: z is the height above it.

use super::{
    algebra::{M3, V3, rotation, z_axis},
    contact::Pair,
    kinematics::Kinematics,
    trace::{Ex, Trace},
};
use crate::physics::model::{Model, Quat, Vec3, geom};

/// A plane that is fixed to the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// A point of the plane.
    pub point: Vec3,
    /// Axes of its frame: MuJoCo's tangents for contacts that specify none, and the normal.
    pub axes: [Vec3; 3],
}

impl Plane {
    /// Returns the plane of geom `geom`, whose body must not move.
    pub fn of(model: &Model, geom: usize) -> Self {
        let body = model.geom_bodyid[geom];
        let (point, frame) = placed(at_rest(model, body), model.geom_pos[geom], model.geom_quat[geom]);
        let normal = frame.map(|row| clean(row[2]));
        let point = point.map(clean);
        let axes = if normal == [0.0, 0.0, 1.0] {
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], normal]
        } else {
            let [first, second] = tangents(normal);
            [first, second, normal]
        };
        Self { point, axes }
    }

    /// Returns whether it is the plane z = 0 with its normal up.
    pub fn is_ground(&self) -> bool {
        self.point[2] == 0.0 && self.axes[2] == [0.0, 0.0, 1.0]
    }

    /// Returns the axes as the rows of a matrix, which takes vectors from the world to the plane's frame.
    pub fn frame<'t>(&self, trace: &'t Trace) -> M3<'t> {
        M3::constant(trace, self.axes)
    }

    /// Returns a place of the world in the plane's frame, whose origin is the world's origin projected onto the
    /// plane.
    pub fn to_frame<'t>(self, place: V3<'t>) -> V3<'t> {
        let trace = place.0[0].trace;
        let V3([x, y, z]) = self.frame(trace).apply(place);
        V3([x, y, z - self.height()])
    }

    /// Returns a place of the plane's frame in the world.
    pub fn to_world<'t>(self, place: V3<'t>) -> V3<'t> {
        let V3([x, y, z]) = place;
        self.frame(x.trace).apply_transposed(V3([x, y, z + self.height()]))
    }

    /// Returns the plane's distance from the origin of the world, along the normal.
    fn height(&self) -> f64 {
        (0..3).map(|k| self.point[k] * self.axes[2][k]).sum()
    }
}

/// Removes the rounding left over from quaternions.
fn clean(x: f64) -> f64 {
    if (x - x.round()).abs() < 1e-15 { x.round() } else { x }
}

/// Returns MuJoCo's tangents for a contact that specifies none.
fn tangents(normal: Vec3) -> [Vec3; 2] {
    let helper = if normal[1].abs() < 0.5 { [0.0, 1.0, 0.0] } else { [0.0, 0.0, 1.0] };
    let along: f64 = (0..3).map(|k| helper[k] * normal[k]).sum();
    let tilted: Vec3 = std::array::from_fn(|k| helper[k] - along * normal[k]);
    let length = tilted.iter().map(|x| x * x).sum::<f64>().sqrt();
    let first = tilted.map(|x| x / length);
    let [a, b, c] = normal;
    let [x, y, z] = first;
    [first, [b * z - c * y, c * x - a * z, a * y - b * x]]
}

/// Origin and axes of a frame.
type Pose = (Vec3, [Vec3; 3]);

/// Returns the pose of a body that does not move.
fn at_rest(model: &Model, body: usize) -> Pose {
    if body == 0 {
        return ([0.0; 3], rotation([1.0, 0.0, 0.0, 0.0]));
    }
    placed(at_rest(model, model.body_parentid[body]), model.body_pos[body], model.body_quat[body])
}

fn placed((pos, rot): Pose, local: Vec3, quat: Quat) -> Pose {
    let turn = rotation(quat);
    let place = std::array::from_fn(|i| pos[i] + (0..3).map(|k| rot[i][k] * local[k]).sum::<f64>());
    (place, std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| rot[i][k] * turn[k][j]).sum())))
}

/// A point that can touch the plane, in the plane's frame.
pub struct Point<'t> {
    /// Centre of the sphere that touches, or a point of the surface.
    pub centre: V3<'t>,
    /// Radius of that sphere, m; 0 for a point of the surface.
    pub radius: f64,
    /// Direction whose projection onto the plane is the first tangent.
    pub axis: Option<V3<'t>>,
    /// Further condition for a contact.
    pub allowed: Option<Ex<'t>>,
}

impl<'t> Point<'t> {
    fn surface(centre: V3<'t>) -> Self {
        Self { centre, radius: 0.0, axis: None, allowed: None }
    }
}

/// Returns the number of points of a kind of geom.
pub fn count(kind: u32) -> usize {
    match kind {
        geom::CAPSULE => 2,
        geom::CYLINDER => 4,
        geom::BOX => 8,
        _ => 1,
    }
}

/// Returns the points of the pair's second geom.
pub fn points<'t>(trace: &'t Trace, model: &Model, pair: &Pair, plane: &Plane, kin: &Kinematics<'t>) -> Vec<Point<'t>> {
    let (body, touching) = (pair.bodies[1], pair.geoms[1]);
    let (rot, size) = (kin.rot[body], model.geom_size[touching]);
    let centre = plane.to_frame(kin.pos[body] + rot.turn(model.geom_pos[touching]));
    let axis = || plane.frame(trace).apply(rot.turn(z_axis(model.geom_quat[touching])));
    let frame = || plane.frame(trace).times(rot.times(M3::constant(trace, rotation(model.geom_quat[touching]))));
    match pair.kinds[1] {
        geom::SPHERE => vec![Point { radius: size[0], ..Point::surface(centre) }],
        geom::CAPSULE => {
            let axis = axis();
            let end = |side: f64| Point {
                centre: centre + axis * (side * size[1]),
                radius: size[0],
                axis: Some(axis),
                allowed: None,
            };
            vec![end(1.0), end(-1.0)]
        }
        geom::ELLIPSOID => vec![ellipsoid_bottom(frame(), size, centre)],
        geom::CYLINDER => cylinder_rim(trace, frame(), size, centre),
        _ => box_corners(trace, frame(), size, centre, pair.margin),
    }
}

/// Returns the lowest point of an ellipsoid. With the axes' heights h and half lengths s, it is -sum of s^2 h / |s h|
/// along them.
fn ellipsoid_bottom<'t>(frame: M3<'t>, size: Vec3, centre: V3<'t>) -> Point<'t> {
    let rise = frame.0[2];
    let reach = V3(std::array::from_fn(|k| rise.0[k] * size[k]));
    let scale = reach.dot(reach).inverse_sqrt();
    let local = V3(std::array::from_fn(|k| -(reach.0[k] * size[k] * scale)));
    Point::surface(centre + frame.apply(local))
}

/// Returns the lowest points of both rims, and two more on the lower one, a third of a turn away.
fn cylinder_rim<'t>(trace: &'t Trace, frame: M3<'t>, [radius, half, _]: Vec3, centre: V3<'t>) -> Vec<Point<'t>> {
    let (one, zero) = (trace.num(1.0), trace.num(0.0));
    let upward = frame.column(2);
    let down = upward * trace.select(zero.less(upward.0[2]), -one, one);
    let [x, y, z] = down.0;
    let flat2 = x * x + y * y;
    let scale = flat2.max(1e-30).inverse_sqrt();
    // For an upright cylinder this is the direction of its x axis.
    let upright = flat2.less(1e-12);
    let side = frame.column(0);
    let lowest = [x * z * scale, y * z * scale, -(flat2 * scale)];
    let lowest = V3(std::array::from_fn(|k| trace.select(upright, side.0[k], lowest[k]))) * radius;
    let (end, half_way) = (down * half, lowest * -0.5);
    // The product needs no normalisation: the lowest point of a rim is perpendicular to the axis.
    let aside = lowest.cross(down) * (0.75f64).sqrt();
    vec![
        Point::surface(centre + lowest + end),
        Point::surface(centre + lowest - end),
        Point::surface(centre + end + half_way + aside),
        Point::surface(centre + end + half_way - aside),
    ]
}

/// Returns the corners of a box, in MuJoCo's order. Only those on the side of the plane may touch, at most four.
fn box_corners<'t>(trace: &'t Trace, frame: M3<'t>, size: Vec3, centre: V3<'t>, margin: f64) -> Vec<Point<'t>> {
    let mut found = trace.num(0.0);
    let mut points = vec![];
    for corner in 0..8 {
        let side = |k: usize| if corner >> k & 1 == 1 { size[k] } else { -size[k] };
        let arm = frame.turn([side(0), side(1), side(2)]);
        let reached = (centre.0[2] + arm.0[2]).less(margin);
        let allowed = arm.0[2].less(1e-30).and(found.less(3.5)).and(reached);
        found = found + trace.select(allowed, trace.num(1.0), trace.num(0.0));
        points.push(Point { allowed: Some(allowed), ..Point::surface(centre + arm) });
    }
    points
}
