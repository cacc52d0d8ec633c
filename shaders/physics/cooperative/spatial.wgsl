// Rotations and spatial vectors.
#import physics/math
#import physics/cooperative/state

// A motion (angular, linear velocity) or a force (torque, force).
struct Spatial {
    ang: vec3<f32>,
    lin: vec3<f32>,
}

// Returns the product of quaternions x y z w.
fn quat_times(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(a.w * b.xyz + b.w * a.xyz + cross(a.xyz, b.xyz), a.w * b.w - dot(a.xyz, b.xyz));
}

// Returns `v` turned by the unit quaternion `q`.
fn turned(q: vec4<f32>, v: vec3<f32>) -> vec3<f32> {
    let twice = 2.0 * cross(q.xyz, v);
    return v + q.w * twice + cross(q.xyz, twice);
}

fn spatial_dot(a: Spatial, b: Spatial) -> f32 {
    return dot(a.ang, b.ang) + dot(a.lin, b.lin);
}

fn spatial_sum(a: Spatial, b: Spatial, scale: f32) -> Spatial {
    return Spatial(a.ang + b.ang * scale, a.lin + b.lin * scale);
}

// Returns the rate at which the motion `m` changes if it is carried along by the motion `v`.
fn cross_motion(v: Spatial, m: Spatial) -> Spatial {
    return Spatial(cross(v.ang, m.ang), cross(v.ang, m.lin) + cross(v.lin, m.ang));
}

// Returns the rate at which the force `f` changes if it is carried along by the motion `v`.
fn cross_force(v: Spatial, f: Spatial) -> Spatial {
    return Spatial(cross(v.ang, f.ang) + cross(v.lin, f.lin), cross(v.ang, f.lin));
}

// Returns the momentum of the motion `m`, given the ten numbers of an inertia.
fn inertia_times(diagonal: vec3<f32>, off: vec3<f32>, first: vec3<f32>, mass: f32, m: Spatial) -> Spatial {
    let turning = diagonal * m.ang + off.xxy * m.ang.yxx + off.yzz * m.ang.zzy;
    return Spatial(turning + cross(first, m.lin), mass * m.lin - cross(first, m.ang));
}

fn pos_of(body: u32) -> vec3<f32> {
    return vec3<f32>(body_pos[3u * body], body_pos[3u * body + 1u], body_pos[3u * body + 2u]);
}

fn axis_of(dof: u32) -> Spatial {
    let at = 6u * dof;
    return Spatial(
        vec3<f32>(dof_axis[at], dof_axis[at + 1u], dof_axis[at + 2u]),
        vec3<f32>(dof_axis[at + 3u], dof_axis[at + 4u], dof_axis[at + 5u]),
    );
}

fn velocity_of(body: u32) -> Spatial {
    let at = 6u * body;
    return Spatial(
        vec3<f32>(body_velocity[at], body_velocity[at + 1u], body_velocity[at + 2u]),
        vec3<f32>(body_velocity[at + 3u], body_velocity[at + 4u], body_velocity[at + 5u]),
    );
}

fn force_of(body: u32) -> Spatial {
    let at = 6u * body;
    return Spatial(
        vec3<f32>(body_force[at], body_force[at + 1u], body_force[at + 2u]),
        vec3<f32>(body_force[at + 3u], body_force[at + 4u], body_force[at + 5u]),
    );
}

fn set_force(body: u32, f: Spatial) {
    let at = 6u * body;
    body_force[at] = f.ang.x;
    body_force[at + 1u] = f.ang.y;
    body_force[at + 2u] = f.ang.z;
    body_force[at + 3u] = f.lin.x;
    body_force[at + 4u] = f.lin.y;
    body_force[at + 5u] = f.lin.z;
}

fn set_velocity(body: u32, v: Spatial) {
    let at = 6u * body;
    body_velocity[at] = v.ang.x;
    body_velocity[at + 1u] = v.ang.y;
    body_velocity[at + 2u] = v.ang.z;
    body_velocity[at + 3u] = v.lin.x;
    body_velocity[at + 4u] = v.lin.y;
    body_velocity[at + 5u] = v.lin.z;
}

fn set_axis(dof: u32, axis: Spatial) {
    let at = 6u * dof;
    dof_axis[at] = axis.ang.x;
    dof_axis[at + 1u] = axis.ang.y;
    dof_axis[at + 2u] = axis.ang.z;
    dof_axis[at + 3u] = axis.lin.x;
    dof_axis[at + 4u] = axis.lin.y;
    dof_axis[at + 5u] = axis.lin.z;
}

// Returns the unit vector of axis `k`.
fn unit_vector(k: u32) -> vec3<f32> {
    return select(vec3<f32>(0.0), vec3<f32>(1.0), vec3<u32>(0u, 1u, 2u) == vec3<u32>(k));
}
