//! WGSL of pair contacts that is the same for every robot.

/// Axes of `pair`, the dofs that move either side, and the number of contacts it may have. For nearly parallel
/// capsules the product of the axes keeps its digits, whereas the determinant of the normal equations loses them all.
pub const AXES: &str = "\
let geom_a = PAIR_FIRST[pair];
let geom_b = PAIR_SECOND[pair];
let chain_a = PAIR_CHAIN[geom_a];
let chain_b = PAIR_CHAIN[geom_b];
let centre_a = geom_centre[geom_a];
let half_a = geom_half[geom_a];
let half_b = geom_half[geom_b];
let between = centre_a - geom_centre[geom_b];
let length2_a = dot(half_a, half_a);
let length2_b = dot(half_b, half_b);
let cross_ab = -dot(half_a, half_b);
let project_a = -dot(half_a, between);
let project_b = dot(half_b, between);
let crossed = cross(half_a, half_b);
let crossed2 = dot(crossed, crossed);
let parallel = crossed2 < PARALLEL * length2_a * length2_b;
let contacts = select(1u, 2u, parallel);";

/// A contact of `pair`: `normal`, `dist`, `point`. Parallel capsules touch at both ends of the second, or where the
/// first ends before it. Others touch where their axes are nearest.
pub const GEOMETRY: &str = "\
let apart_lines = -dot(crossed, cross(between, half_b)) / max(crossed2, 1e-30);
let opposite = (project_a - cross_ab * select(-1.0, 1.0, contact == 1u)) / max(length2_a, 1e-30);
let start_a = clamp(select(apart_lines, opposite, parallel), -1.0, 1.0);
let at_b = clamp((project_b - cross_ab * start_a) / max(length2_b, 1e-30), -1.0, 1.0);
let at_a = clamp((project_a - cross_ab * at_b) / max(length2_a, 1e-30), -1.0, 1.0);
let nearest_a = centre_a + half_a * at_a;
let apart = half_b * at_b - half_a * at_a - between;
let apart2 = dot(apart, apart);
let apart_inverse = inverse_sqrt(max(apart2, 1e-30));
let apart_length = apart2 * apart_inverse;
var normal = apart * apart_inverse;
if (apart_length <= 1e-6) { normal = coincident_normal(geom_axis[geom_a], geom_axis[geom_b]); }
let dist = apart_length - PAIR_RADIUS[geom_a] - PAIR_RADIUS[geom_b];
let point = nearest_a + normal * (PAIR_RADIUS[geom_a] + 0.5 * dist);";

/// Choice of a slot: a free one, or that of the shallowest contact if it is shallower than this one.
pub const SLOT: &str = "\
if (gap >= 0.0) { continue; }
var slot = slots_used;
if (slot == CAPACITY) {
    contact_overflow += 1u;
    slot = 0u;
    for (var other = 1u; other < CAPACITY; other++) {
        if (slot_gap[other] > slot_gap[slot]) { slot = other; }
    }
    if (gap >= slot_gap[slot]) { continue; }
} else {
    slots_used += 1u;
}
slot_pair[slot] = pair;
slot_gap[slot] = gap;
slot_point[slot] = point;
slot_dist[slot] = dist;";

/// MuJoCo's tangents for a contact that specifies none.
pub const TANGENTS: &str = "\
let helper = select(vec3<f32>(0.0, 0.0, 1.0), vec3<f32>(0.0, 1.0, 0.0), abs(normal.y) < 0.5);
let tilted = helper - normal * dot(normal, helper);
let tangent = tilted * inverse_sqrt(dot(tilted, tilted));
let bitangent = cross(normal, tangent);";
