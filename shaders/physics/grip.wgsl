// The law of a contact: MuJoCo's pyramid, in series with a spring along its normal.
//
// Vectors of the contact's frame are along the normal and two tangents. The edges n + mu t, n - mu t, n + mu b, n - mu
// b of a residual (n, t, b) pull with D min(0, edge), D being the `weight`. The spring gives way by `give` times their
// sum N, so that each edge sees n + give N in place of n. Without a spring (`give` = 0) this is MuJoCo's law; with one
// nothing stiffer than 1 / give enters the solver's system, however large D is, and tangents resist as they do without
// it.

// The edges that pull, and the stiffness that they give the contact.
struct Grip {
    // edges that pull
    count: f32,
    // for each tangent: 1 if of its two edges only that along it pulls, -1 if only that against it does
    lean: vec2<f32>,
    // stiffness along (1, slant)
    normal: f32,
    slant: vec2<f32>,
    // stiffness along the tangents (1, tilt) and (0, 1)
    slide: vec2<f32>,
    tilt: f32,
}

// Returns the grip at residual `u`. A contact without friction is a pyramid of four equal edges, a quarter of its D
// each.
fn grip_of(weight: f32, friction: f32, give: f32, u: vec3<f32>) -> Grip {
    let edge = friction * abs(u.yz);
    let high = max(edge.x, edge.y);
    let low = min(edge.x, edge.y);
    let yielding = give * weight;
    // Edges begin to pull in the order -high, -low, low, high. Each begins where its residual, relieved by the pull of
    // those before it, falls below 0.
    let inner = vec2<f32>(low - yielding * (high - low), -low - yielding * (high + 3.0 * low));
    let bounds = vec4<f32>(high, inner, -high - 4.0 * yielding * high);
    let begun = (vec4<f32>(u.x) < bounds) & vec4<bool>(weight > 0.0);
    let pulls = select(vec4<f32>(0.0), vec4<f32>(1.0), begun);
    let steep = vec2<f32>(pulls.x + pulls.w, pulls.x - pulls.w);
    let flat = vec2<f32>(pulls.y + pulls.z, pulls.y - pulls.z);
    let along = select(flat, steep, edge.x >= edge.y);
    let across = select(steep, flat, edge.x >= edge.y);
    let count = along.x + across.x;
    let lean = vec2<f32>(along.y, across.y) * select(vec2<f32>(1.0), vec2<f32>(-1.0), u.yz > vec2<f32>(0.0));
    let share = 1.0 / max(count, 1.0);
    let tilt = -lean.x * lean.y;
    let sides = friction * friction * weight * (vec2<f32>(along.x, across.x) - share * lean * lean);
    let normal = count * weight / (1.0 + count * yielding);
    return Grip(count, lean, normal, friction * share * lean, vec2<f32>(sides.x, sides.y - tilt * tilt * sides.x), tilt);
}

// Returns the contact's stiffness times `v`. For its residual this is the gradient of its cost, which is minus the
// force on the second body.
fn grip_times(grip: Grip, v: vec3<f32>) -> vec3<f32> {
    let along = grip.normal * (v.x + dot(grip.slant, v.yz));
    let side = grip.slide.x * (v.y + grip.tilt * v.z);
    return vec3<f32>(along, along * grip.slant + vec2<f32>(side, grip.tilt * side + grip.slide.y * v.z));
}

// Returns whether different edges pull; their number and their sides identify them.
fn grips_differ(a: Grip, b: Grip) -> bool {
    return (a.count != b.count) || any(a.lean != b.lean);
}
