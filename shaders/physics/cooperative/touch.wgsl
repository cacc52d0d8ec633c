// Contact detection among candidates. Candidates are the points that can meet the floor (a plane z = 0, normal up),
// then the pairs of segments (a capsule is its axis, a sphere a point), then the second contacts of two capsules.
#import physics/cooperative/spatial

var<workgroup> segment_centre: array<vec3<f32>, SEGMENTS>;
// from the centre to the end of the axis; zero for a sphere
var<workgroup> segment_half: array<vec3<f32>, SEGMENTS>;

// Distance of candidates that do not touch.
const FAR = 1e30;

struct Touch {
    dist: f32,
    // of the contact, in the world
    pos: vec3<f32>,
    normal: vec3<f32>,
    tangent: vec3<f32>,
}

// Places the lane's share of the segments.
fn place_segments() {
    for (var segment = lane; segment < SEGMENTS; segment += LANES) {
        let body = SEGMENT_BODY[segment];
        segment_centre[segment] = pos_of(body) + turned(body_quat[body], SEGMENT_POS[segment]);
        segment_half[segment] = turned(body_quat[body], SEGMENT_HALF[segment]);
    }
}

fn touch(candidate: u32) -> Touch {
    if (candidate < POINTS) {
        return floor_touch(candidate);
    }
    return pair_touch(pair_of(candidate), candidate >= POINTS + PAIRS);
}

fn pair_of(candidate: u32) -> u32 {
    if (candidate < POINTS + PAIRS) {
        return candidate - POINTS;
    }
    return PAIR_TWICE[candidate - POINTS - PAIRS];
}

// Returns the contact of a capsule's end, or of a sphere, with the floor. The tangent is the capsule's axis, laid
// flat.
fn floor_touch(point: u32) -> Touch {
    let segment = POINT_SEGMENT[point];
    let half = segment_half[segment];
    let end = segment_centre[segment] + half * POINT_SIDE[point];
    let dist = end.z - SEGMENT_RADIUS[segment];
    let flat2 = dot(half.xy, half.xy);
    let along = half * inverse_sqrt(max(flat2, 1e-30));
    let tangent = select(vec3<f32>(1.0, 0.0, 0.0), vec3<f32>(along.xy, 0.0), flat2 > 1e-24);
    return Touch(dist, vec3<f32>(end.xy, 0.5 * dist), vec3<f32>(0.0, 0.0, 1.0), tangent);
}

// Returns the contact at the nearest points of two segments. Parallel segments touch at both ends of the second, or
// where the first ends before it; others have no second contact. The cross product of the axes keeps its digits where
// the determinant of the normal equations loses them all.
fn pair_touch(pair: u32, twice: bool) -> Touch {
    let a = PAIR_FIRST[pair];
    let b = PAIR_SECOND[pair];
    let half_a = segment_half[a];
    let half_b = segment_half[b];
    let between = segment_centre[a] - segment_centre[b];
    let length2_a = dot(half_a, half_a);
    let length2_b = dot(half_b, half_b);
    let cross_ab = -dot(half_a, half_b);
    let project_a = -dot(half_a, between);
    let project_b = dot(half_b, between);
    let across = cross(half_a, half_b);
    let across2 = dot(across, across);
    let parallel = across2 < PARALLEL * length2_a * length2_b;
    if (twice && !parallel) {
        return Touch(FAR, vec3<f32>(), vec3<f32>(), vec3<f32>());
    }
    let lines = -dot(across, cross(between, half_b)) / max(across2, 1e-30);
    let opposite = (project_a - cross_ab * select(-1.0, 1.0, twice)) / max(length2_a, 1e-30);
    let start_a = clamp(select(lines, opposite, parallel), -1.0, 1.0);
    let at_b = clamp((project_b - cross_ab * start_a) / max(length2_b, 1e-30), -1.0, 1.0);
    let at_a = clamp((project_a - cross_ab * at_b) / max(length2_a, 1e-30), -1.0, 1.0);
    let apart = half_b * at_b - half_a * at_a - between;
    let apart2 = dot(apart, apart);
    let inverse = inverse_sqrt(max(apart2, 1e-30));
    let dist = apart2 * inverse - SEGMENT_RADIUS[a] - SEGMENT_RADIUS[b];
    var normal = apart * inverse;
    if (apart2 <= 1e-12) {
        normal = coincident_normal(segment_axis(a), segment_axis(b));
    }
    let pos = segment_centre[a] + half_a * at_a + normal * (SEGMENT_RADIUS[a] + 0.5 * dist);
    return Touch(dist, pos, normal, free_tangent(normal));
}

fn segment_axis(segment: u32) -> vec3<f32> {
    return turned(body_quat[SEGMENT_BODY[segment]], SEGMENT_AXIS[segment]);
}

// Returns MuJoCo's tangent for a contact that names none.
fn free_tangent(normal: vec3<f32>) -> vec3<f32> {
    let helper = select(vec3<f32>(0.0, 0.0, 1.0), vec3<f32>(0.0, 1.0, 0.0), abs(normal.y) < 0.5);
    let tilted = helper - normal * dot(normal, helper);
    return tilted * inverse_sqrt(dot(tilted, tilted));
}
