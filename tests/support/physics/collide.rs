//! Contacts between planes, spheres, capsules, and of planes with boxes, cylinders and ellipsoids.

use gpu_ec::physics::model::{Model, geom};

use super::kinematics::Kinematics;
use super::real::*;

/// Two geoms that may touch, with the parameters of their contacts; the lower geom type comes first.
#[derive(Debug, Clone)]
pub struct Pair<T> {
    pub geoms: [usize; 2],
    pub bodies: [usize; 2],
    pub condim: u32,
    pub friction: T,
    pub margin: T,
    pub solref: [T; 2],
    pub solimp: [T; 5],
    /// Sum of the translational inverse weights of both bodies.
    pub invweight: T,
}

/// A contact; the normal points from the first geom to the second.
#[derive(Debug, Clone)]
pub struct Contact<T> {
    /// Index of its pair.
    pub pair: usize,
    pub dist: T,
    pub pos: V3<T>,
    pub normal: V3<T>,
    pub tangents: [V3<T>; 2],
}

/// All pairs that MuJoCo's filters let through.
pub fn pairs<T: Real>(model: &Model) -> Vec<Pair<T>> {
    let n = model.sizes.ngeom;
    let all = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    all.filter(|(i, j)| may_touch(model, *i, *j))
        .map(|(i, j)| if model.geom_type[i] <= model.geom_type[j] { (i, j) } else { (j, i) })
        .map(|(i, j)| pair(model, i, j))
        .collect()
}

fn may_touch(model: &Model, i: usize, j: usize) -> bool {
    let masks = |i: usize, j: usize| model.geom_contype[i] & model.geom_conaffinity[j] != 0;
    let group = |geom: usize| model.body_weldid[model.geom_bodyid[geom]];
    let parent = |group: usize| model.body_weldid[model.body_parentid[group]];
    let (a, b) = (group(i), group(j));
    let family = a != 0 && b != 0 && (a == parent(b) || b == parent(a));
    let (p, q) = (model.geom_bodyid[i], model.geom_bodyid[j]);
    let excluded = model.exclude.contains(&[p, q]) || model.exclude.contains(&[q, p]);
    (masks(i, j) || masks(j, i)) && a != b && !family && !excluded
}

fn pair<T: Real>(model: &Model, i: usize, j: usize) -> Pair<T> {
    let bodies = [model.geom_bodyid[i], model.geom_bodyid[j]];
    let weight = model.geom_solmix[i] / (model.geom_solmix[i] + model.geom_solmix[j]);
    let mix = |a: f64, b: f64| T::of(weight * a + (1.0 - weight) * b);
    let mut solref: [T; 2] = std::array::from_fn(|k| mix(model.geom_solref[i][k], model.geom_solref[j][k]));
    solref[0] = solref[0].max(T::of(2.0 * model.opt.timestep));
    assert_eq!(model.geom_priority[i], model.geom_priority[j], "the oracle mixes geoms of equal priority");
    Pair {
        geoms: [i, j],
        bodies,
        condim: model.geom_condim[i].max(model.geom_condim[j]),
        // MuJoCo's least friction
        friction: T::of(model.geom_friction[i][0].max(model.geom_friction[j][0]).max(1e-5)),
        margin: T::of(model.geom_margin[i] + model.geom_margin[j]),
        solref,
        solimp: std::array::from_fn(|k| mix(model.geom_solimp[i][k], model.geom_solimp[j][k])),
        invweight: T::of(bodies.iter().map(|body| model.body_invweight0[*body][0]).sum()),
    }
}

/// The contacts of a configuration, those beyond the margin left out.
pub fn contacts<T: Real>(model: &Model, kin: &Kinematics<T>, pairs: &[Pair<T>]) -> Vec<Contact<T>> {
    let mut found = Vec::new();
    for (index, pair) in pairs.iter().enumerate() {
        for touch in touches(model, kin, pair) {
            if touch.dist < pair.margin {
                let tangents = tangents(touch.normal, touch.tangent);
                found.push(Contact { pair: index, dist: touch.dist, pos: touch.pos, normal: touch.normal, tangents });
            }
        }
    }
    found
}

/// A contact before its tangents are made orthogonal.
struct Touch<T> {
    dist: T,
    pos: V3<T>,
    normal: V3<T>,
    tangent: V3<T>,
}

fn touches<T: Real>(model: &Model, kin: &Kinematics<T>, pair: &Pair<T>) -> Vec<Touch<T>> {
    let [i, j] = pair.geoms;
    let (p1, p2) = (kin.geom_xpos[i], kin.geom_xpos[j]);
    let (m1, m2) = (&kin.geom_xmat[i], &kin.geom_xmat[j]);
    let (s1, s2) = (of::<T, 3>(model.geom_size[i]), of::<T, 3>(model.geom_size[j]));
    let (z1, z2) = (column(m1, 2), column(m2, 2));
    let zero = [T::of(0.0); 3];
    let spheres = |a, b| vec![sphere_sphere(a, s1[0], b, s2[0], z1, z2)];
    match (model.geom_type[i], model.geom_type[j]) {
        (geom::PLANE, geom::SPHERE) => vec![plane_sphere(p1, z1, p2, s2[0], zero)],
        (geom::PLANE, geom::CAPSULE) => {
            let ends = [add(p2, scale(z2, s2[1])), sub(p2, scale(z2, s2[1]))];
            ends.map(|end| plane_sphere(p1, z1, end, s2[0], z2)).into()
        }
        (geom::PLANE, geom::ELLIPSOID) => vec![plane_ellipsoid(p1, z1, p2, m2, s2)],
        (geom::PLANE, geom::CYLINDER) => plane_cylinder(p1, z1, p2, m2, s2),
        (geom::PLANE, geom::BOX) => plane_box(p1, z1, p2, m2, s2, pair.margin),
        (geom::SPHERE, geom::SPHERE) => spheres(p1, p2),
        (geom::SPHERE, geom::CAPSULE) => {
            let along = dot(&z2, &sub(p1, p2)).max(-s2[1]).min(s2[1]);
            spheres(p1, add(p2, scale(z2, along)))
        }
        (geom::CAPSULE, geom::CAPSULE) => {
            let (a1, a2) = (scale(z1, s1[1]), scale(z2, s2[1]));
            let nearest = nearest_on_segments(a1, a2, sub(p1, p2));
            let ends = nearest.into_iter().flat_map(|[x1, x2]| spheres(add(p1, scale(a1, x1)), add(p2, scale(a2, x2))));
            ends.collect()
        }
        kinds => panic!("no collision routine for geom types {kinds:?}"),
    }
}

fn plane_sphere<T: Real>(plane: V3<T>, normal: V3<T>, centre: V3<T>, radius: T, tangent: V3<T>) -> Touch<T> {
    let dist = dot(&normal, &sub(centre, plane)) - radius;
    let pos = sub(centre, scale(normal, dist * T::of(0.5) + radius));
    Touch { dist, pos, normal, tangent }
}

/// The point of the ellipsoid that is farthest against the normal.
fn plane_ellipsoid<T: Real>(plane: V3<T>, normal: V3<T>, p: V3<T>, m: &M3<T>, half: V3<T>) -> Touch<T> {
    let direction: V3<T> = std::array::from_fn(|k| -dot(&column(m, k), &normal) * half[k]);
    let direction = unit(direction);
    let surface = add(p, mat_vec(m, std::array::from_fn(|k| direction[k] * half[k])));
    on_plane(plane, normal, surface)
}

/// The lowest point of either rim, and two points of the lower rim that make a triangle with its lowest.
fn plane_cylinder<T: Real>(
    plane: V3<T>,
    normal: V3<T>,
    p: V3<T>,
    m: &M3<T>,
    [radius, half, _]: V3<T>,
) -> Vec<Touch<T>> {
    let axis = column(m, 2);
    let axis = if dot(&normal, &axis) > T::of(0.0) { scale(axis, T::of(-1.0)) } else { axis };
    let across = sub(scale(axis, dot(&normal, &axis)), normal);
    let lowest = if norm(&across) < T::of(T::SAME_POINT) { column(m, 0) } else { unit(across) };
    let lowest = scale(lowest, radius);
    let end = scale(axis, half);
    let aside = scale(unit(cross(lowest, axis)), radius * T::of(3.0).sqrt() * T::of(0.5));
    let back = sub(add(p, end), scale(lowest, T::of(0.5)));
    let points = [add(add(p, lowest), end), sub(add(p, lowest), end), add(back, aside), sub(back, aside)];
    points.map(|point| on_plane(plane, normal, point)).into()
}

/// The contact of a surface point.
fn on_plane<T: Real>(plane: V3<T>, normal: V3<T>, point: V3<T>) -> Touch<T> {
    plane_sphere(plane, normal, point, T::of(0.0), [T::of(0.0); 3])
}

/// The first four corners below the centre and within the margin.
fn plane_box<T: Real>(plane: V3<T>, normal: V3<T>, p: V3<T>, m: &M3<T>, half: V3<T>, margin: T) -> Vec<Touch<T>> {
    let centre = dot(&normal, &sub(p, plane));
    let corners = (0..8).map(|i| {
        let sign = |bit: usize| if i >> bit & 1 == 1 { half[bit] } else { -half[bit] };
        mat_vec(m, [sign(0), sign(1), sign(2)])
    });
    let below = corners.filter(|corner| {
        let height = dot(&normal, corner);
        height <= T::of(0.0) && centre + height <= margin
    });
    below
        .take(4)
        .map(|corner| {
            let dist = centre + dot(&normal, &corner);
            let pos = sub(add(corner, p), scale(normal, dist * T::of(0.5)));
            Touch { dist, pos, normal, tangent: [T::of(0.0); 3] }
        })
        .collect()
}

fn sphere_sphere<T: Real>(a: V3<T>, ra: T, b: V3<T>, rb: T, za: V3<T>, zb: V3<T>) -> Touch<T> {
    let between = sub(b, a);
    let length = norm(&between);
    let dist = length - ra - rb;
    let normal = if length < T::of(T::SAME_POINT) {
        let crossed = cross(za, zb);
        if norm(&crossed) < T::of(1e-12) { of([1.0, 0.0, 0.0]) } else { unit(crossed) }
    } else {
        scale(between, T::of(1.0) / length)
    };
    let pos = add(a, scale(normal, ra + dist * T::of(0.5)));
    Touch { dist, pos, normal, tangent: [T::of(0.0); 3] }
}

/// Squared sine of the angle below which MuJoCo 3.17 calls capsules parallel (found by bisection).
const PARALLEL: f64 = 1e-8;

/// Parameters in [-1, 1] of the nearest points of two segments (half axes `a1`, `a2`, centres `difference` apart).
///
/// Parallel segments touch where their overlap ends: at each end of the second, or the end of the first before it.
fn nearest_on_segments<T: Real>(a1: V3<T>, a2: V3<T>, difference: V3<T>) -> Vec<[T; 2]> {
    let one = T::of(1.0);
    let clip = |x: T| x.max(-one).min(one);
    let (ma, mb, mc) = (dot(&a1, &a1), -dot(&a1, &a2), dot(&a2, &a2));
    let (u, v) = (-dot(&a1, &difference), dot(&a2, &difference));
    let on_first = |x2: T| (u - mb * x2) / ma;
    let on_second = |x1: T| (v - mb * x1) / mc;
    let end = |x2: T| {
        let x1 = on_first(x2);
        if x1.abs() > one { [clip(x1), clip(on_second(clip(x1)))] } else { [x1, x2] }
    };
    // The cross product keeps its digits where the determinant loses them all.
    let crossed = cross(a1, a2);
    if dot(&crossed, &crossed) < T::of(PARALLEL) * ma * mc {
        return [-one, one].into_iter().map(end).collect();
    }
    let det = ma * mc - mb * mb;
    let (mut x1, mut x2) = ((mc * u - mb * v) / det, (ma * v - mb * u) / det);
    if x1.abs() > one {
        x1 = clip(x1);
        x2 = on_second(x1);
    }
    if x2.abs() > one {
        x2 = clip(x2);
        x1 = clip(on_first(x2));
    }
    vec![[x1, x2]]
}

/// The two tangents: the wished one made orthogonal, or y, or z where y is too close to the normal.
fn tangents<T: Real>(normal: V3<T>, wished: V3<T>) -> [V3<T>; 2] {
    let fallback = if normal[1].abs() < T::of(0.5) { [0.0, 1.0, 0.0] } else { [0.0, 0.0, 1.0] };
    let first = if dot(&wished, &wished) < T::of(0.25) { of(fallback) } else { wished };
    let first = unit(sub(first, scale(normal, dot(&normal, &first))));
    [first, cross(normal, first)]
}
