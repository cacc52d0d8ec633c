// Poses, centre of mass, spatial inertias and motion axes from `stage_qpos`. A lane takes a body (or a dof, or a
// segment). Instead of going through the tree level by level, every body walks to the root by itself: that takes as
// many steps, and no barriers between them.
#import physics/cooperative/spatial

// Goes through the body's joints; leaves axis and anchor of each in `dof_axis`, in the parent's frame.
fn place_in_parent(body: u32) {
    var pos = BODY_POS[body];
    var quat = BODY_QUAT[body];
    let joints = BODY_JOINT[body] + BODY_JOINTS[body];
    for (var joint = BODY_JOINT[body]; joint < joints; joint++) {
        let at = JOINT_QPOS[joint];
        if (JOINT_KIND[joint] == FREE) {
            pos = vec3<f32>(stage_qpos[at], stage_qpos[at + 1u], stage_qpos[at + 2u]);
            let wxyz = vec4<f32>(stage_qpos[at + 3u], stage_qpos[at + 4u], stage_qpos[at + 5u], stage_qpos[at + 6u]);
            quat = wxyz.yzwx * inverse_sqrt(dot(wxyz, wxyz));
            continue;
        }
        let anchor = pos + turned(quat, JOINT_POS[joint]);
        let axis = turned(quat, JOINT_AXIS[joint]);
        set_axis(JOINT_DOF[joint], Spatial(axis, anchor));
        let moved = stage_qpos[at] - JOINT_START[joint];
        if (JOINT_KIND[joint] == SLIDE) {
            pos += axis * moved;
        } else {
            let half = sincos(0.5 * moved);
            quat = quat_times(quat, vec4<f32>(JOINT_AXIS[joint] * half.x, half.y));
            pos = anchor - turned(quat, JOINT_POS[joint]);
        }
    }
    local_pos[3u * body] = pos.x;
    local_pos[3u * body + 1u] = pos.y;
    local_pos[3u * body + 2u] = pos.z;
    local_quat[body] = quat;
}

fn place_in_world(body: u32) {
    var pos = local_pos_of(body);
    var quat = local_quat[body];
    for (var up = BODY_PARENT[body]; up != 0u; up = BODY_PARENT[up]) {
        pos = local_pos_of(up) + turned(local_quat[up], pos);
        quat = quat_times(local_quat[up], quat);
    }
    body_pos[3u * body] = pos.x;
    body_pos[3u * body + 1u] = pos.y;
    body_pos[3u * body + 2u] = pos.z;
    body_quat[body] = quat * (1.5 - 0.5 * dot(quat, quat));
}

fn local_pos_of(body: u32) -> vec3<f32> {
    return vec3<f32>(local_pos[3u * body], local_pos[3u * body + 1u], local_pos[3u * body + 2u]);
}

fn centre_of(body: u32) -> vec3<f32> {
    return pos_of(body) + turned(body_quat[body], BODY_IPOS[body]);
}

// Computes the body's share in the centre of mass, and stores it in the place of the force, which is computed later.
fn weigh(body: u32) {
    set_force(body, Spatial(vec3<f32>(0.0), centre_of(body) * BODY_SHARE[body]));
}

// Sums up the centre of mass, every lane for itself.
fn find_centre_of_mass() {
    com = vec3<f32>(0.0);
    for (var body = 1u; body < NBODY; body++) {
        com += force_of(body).lin;
    }
}

// Computes the body's inertia about the centre of mass, in world axes: the sum of the principal moments' dyads.
fn move_inertia(body: u32) {
    let frame = quat_times(body_quat[body], BODY_IQUAT[body]);
    let principal = BODY_INERTIA[body];
    let mass = BODY_MASS[body];
    let offset = centre_of(body) - com;
    let first = offset * mass;
    var diagonal = vec3<f32>(dot(first, offset)) - first * offset;
    var off = -first.xxy * offset.yzz;
    for (var k = 0u; k < 3u; k++) {
        let axis = turned(frame, unit_vector(k));
        diagonal += principal[k] * axis * axis;
        off += principal[k] * axis.xxy * axis.yzz;
    }
    let at = 10u * body;
    body_inertia[at] = diagonal.x;
    body_inertia[at + 1u] = diagonal.y;
    body_inertia[at + 2u] = diagonal.z;
    body_inertia[at + 3u] = off.x;
    body_inertia[at + 4u] = off.y;
    body_inertia[at + 5u] = off.z;
    body_inertia[at + 6u] = first.x;
    body_inertia[at + 7u] = first.y;
    body_inertia[at + 8u] = first.z;
    body_inertia[at + 9u] = mass;
}

// Turns a dof's axis and anchor into the motion that its unit velocity causes.
fn move_axis(dof: u32) {
    let joint = DOF_JOINT[dof];
    let body = DOF_BODY[dof];
    if (JOINT_KIND[joint] == FREE) {
        let k = dof - JOINT_DOF[joint];
        let unit = unit_vector(k % 3u);
        let axis = turned(body_quat[body], unit);
        let turning = Spatial(axis, cross(axis, com - pos_of(body)));
        if (k < 3u) {
            set_axis(dof, Spatial(vec3<f32>(0.0), unit));
        } else {
            set_axis(dof, turning);
        }
        return;
    }
    let parent = BODY_PARENT[body];
    let place = axis_of(dof);
    let axis = turned(body_quat[parent], place.ang);
    let anchor = pos_of(parent) + turned(body_quat[parent], place.lin);
    if (JOINT_KIND[joint] == SLIDE) {
        set_axis(dof, Spatial(vec3<f32>(0.0), axis));
    } else {
        set_axis(dof, Spatial(axis, cross(axis, com - anchor)));
    }
}
