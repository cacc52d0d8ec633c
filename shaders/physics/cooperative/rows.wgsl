// The rows of a contact: one along the normal, or the four edges n + mu t, n - mu t, n + mu b, n - mu b of a pyramid.
// A robot with stiff contacts uses the law that these need for all its contacts.
#import physics/cooperative/contacts
#import physics/grip

// Returns the value on each edge of a vector in the contact's frame.
fn edges(friction: f32, u: vec3<f32>) -> vec4<f32> {
    return u.x + friction * vec4<f32>(u.y, -u.y, u.z, -u.z);
}

// Returns the vector in the contact's frame to which numbers on the edges sum up.
fn gather(friction: f32, e: vec4<f32>) -> vec3<f32> {
    return vec3<f32>(e.x + e.y + e.z + e.w, friction * (e.x - e.y), friction * (e.z - e.w));
}

// Returns the residuals of the edges.
fn residuals(at: u32) -> vec4<f32> {
    return edges(contacts[at].friction, contacts[at].residual);
}

// Returns D of each edge; a contact without friction has one row.
fn edge_weights(friction: f32, weight: f32) -> vec4<f32> {
    return weight * select(vec4<f32>(1.0), vec4<f32>(1.0, 0.0, 0.0, 0.0), friction == 0.0);
}

// Returns D of each edge that pulls at present, 0 for the others.
fn pulling(at: u32) -> vec4<f32> {
    let friction = contacts[at].friction;
    let weights = edge_weights(friction, contacts[at].weight);
    return select(vec4<f32>(0.0), weights, residuals(at) < vec4<f32>(0.0));
}

// Returns the residual of a contact with a spring, including its multiplier.
fn shifted(at: u32) -> vec3<f32> {
    return contacts[at].residual + vec3<f32>(multipliers[at], 0.0, 0.0);
}

// Returns the grip of a contact with a spring at residual `u`.
fn grip_at(at: u32, u: vec3<f32>) -> Grip {
    return grip_of(edge_weight(at), contacts[at].friction, gives[at], u);
}

// Returns D of an edge; a contact without friction has one row, which counts as four edges.
fn edge_weight(at: u32) -> f32 {
    return contacts[at].weight * select(1.0, 0.25, contacts[at].friction == 0.0);
}

// Returns the gradient of the contact's cost, in its frame: minus the force on the second body.
fn pull_of(at: u32) -> vec3<f32> {
    if (SPRINGY) {
        let u = shifted(at);
        return grip_times(grip_at(at, u), u);
    }
    return gather(contacts[at].friction, pulling(at) * residuals(at));
}

// Returns the stiffness of the edges that pull at present, times `v`.
fn stiffness_times(at: u32, v: vec3<f32>) -> vec3<f32> {
    if (SPRINGY) {
        return grip_times(grip_at(at, shifted(at)), v);
    }
    let friction = contacts[at].friction;
    return gather(friction, pulling(at) * edges(friction, v));
}

// Returns a world vector in the contact's frame.
fn to_frame(at: u32, v: vec3<f32>) -> vec3<f32> {
    let normal = contacts[at].normal;
    let tangent = contacts[at].tangent;
    return vec3<f32>(dot(normal, v), dot(tangent, v), dot(cross(normal, tangent), v));
}

fn to_world(at: u32, v: vec3<f32>) -> vec3<f32> {
    let normal = contacts[at].normal;
    let tangent = contacts[at].tangent;
    return normal * v.x + tangent * v.y + cross(normal, tangent) * v.z;
}

// Returns column `dof` of the contact's Jacobian: the relative velocity that the dof's unit velocity causes.
fn jacobian(at: u32, dof: u32) -> vec3<f32> {
    let second = f32((contacts[at].second_chain >> dof) & 1u);
    let first = f32((contacts[at].first_chain >> dof) & 1u);
    let axis = axis_of(dof);
    return to_frame(at, (second - first) * (axis.lin + cross(axis.ang, contacts[at].offset)));
}

// Returns the change of the contact's residual along `direction`: the motion between its bodies, at its point.
fn change_along(at: u32) -> vec3<f32> {
    let second = contacts[at].second_chain;
    let first = contacts[at].first_chain;
    var between = Spatial();
    var moving = first ^ second;
    while (moving != 0u) {
        let dof = firstTrailingBit(moving);
        let sign = select(-1.0, 1.0, ((second >> dof) & 1u) == 1u);
        between = spatial_sum(between, axis_of(dof), sign * direction[dof]);
        moving &= moving - 1u;
    }
    return to_frame(at, between.lin + cross(between.ang, contacts[at].offset));
}
