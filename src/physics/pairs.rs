//! Collision filters: MuJoCo's rules for geoms that can touch, and the kinds of pairs whose contacts the steppers
//! compute.

use super::model::{Model, geom};

/// Returns whether MuJoCo would look for contacts of two geoms. Their masks must match, and their bodies must not be
/// excluded, welded to each other, or parent and child (except with the world).
pub(super) fn may_touch(model: &Model, i: usize, j: usize) -> bool {
    let masks = |i: usize, j: usize| model.geom_contype[i] & model.geom_conaffinity[j] != 0;
    let weld = |geom: usize| model.body_weldid[model.geom_bodyid[geom]];
    let parent = |body: usize| model.body_weldid[model.body_parentid[body]];
    let (a, b) = (weld(i), weld(j));
    let relatives = a != 0 && b != 0 && (a == parent(b) || b == parent(a));
    let bodies = [model.geom_bodyid[i], model.geom_bodyid[j]];
    let excluded = || model.exclude.iter().any(|[a, b]| [*a, *b] == bodies || [*b, *a] == bodies);
    (masks(i, j) || masks(j, i)) && a != b && !relatives && !excluded()
}

/// Returns two geoms in MuJoCo's order: the lower kind first, then the lower index.
pub(super) fn ordered(model: &Model, i: usize, j: usize) -> [usize; 2] {
    let key = |geom: usize| (model.geom_type[geom], geom);
    if key(i) <= key(j) { [i, j] } else { [j, i] }
}

/// Returns whether the steppers can compute contacts of two kinds of geoms, given with the smaller number first.
pub(super) fn is_known(kinds: [u32; 2]) -> bool {
    let [first, second] = kinds;
    match first {
        geom::PLANE => second != geom::PLANE,
        _ => [first, second].iter().all(|kind| matches!(*kind, geom::SPHERE | geom::CAPSULE)),
    }
}

/// Returns the name of a geom's kind in robot files.
pub(super) fn kind_name(kind: u32) -> &'static str {
    geom::NAMES.iter().find(|(_, known)| *known == kind).map_or("unknown", |(name, _)| name)
}
