// Velocities, bias forces (recursive Newton-Euler), inertia matrix, and the force of everything but the constraints.
// Bodies are numbered depth first, so that a body and all that it carries have the numbers from its own to BODY_LAST.
#import physics/cooperative/kinematics
#import physics/cooperative/factor

fn find_velocity(body: u32) {
    var sum = Spatial();
    var chain = BODY_CHAIN[body];
    while (chain != 0u) {
        let dof = firstTrailingBit(chain);
        sum = spatial_sum(sum, axis_of(dof), stage_qvel[dof]);
        chain &= chain - 1u;
    }
    set_velocity(body, sum);
}

// Computes the lane's share of the composite inertias.
fn compose_inertias() {
    for (var item = lane; item < 10u * NBODY; item += LANES) {
        let body = item / 10u;
        var sum = 0.0;
        for (var part = body; part <= BODY_LAST[body]; part++) {
            sum += body_inertia[10u * part + item % 10u];
        }
        composite[item] = sum;
    }
}

// Returns what the body's own joints add to its acceleration because their axes turn. Dofs of a group turn with the
// same body.
fn own_acceleration(body: u32) -> Spatial {
    var speed = velocity_of(BODY_PARENT[body]);
    var carrier = speed;
    var sum = Spatial();
    let dofs = BODY_DOF[body] + BODY_DOFS[body];
    for (var own = BODY_DOF[body]; own < dofs; own++) {
        if (DOF_OPENS_GROUP[own] == 1u) {
            carrier = speed;
        }
        let axis = axis_of(own);
        sum = spatial_sum(sum, cross_motion(carrier, axis), stage_qvel[own]);
        speed = spatial_sum(speed, axis, stage_qvel[own]);
    }
    return sum;
}

// Returns the force that moves the body at zero joint acceleration: inertia times acceleration, plus the force that
// turning needs.
fn moving_force(body: u32) -> Spatial {
    var acceleration = Spatial(vec3<f32>(0.0), -GRAVITY);
    for (var up = body; up != 0u; up = BODY_PARENT[up]) {
        acceleration = spatial_sum(acceleration, force_of(up), 1.0);
    }
    let at = 10u * body;
    let diagonal = vec3<f32>(body_inertia[at], body_inertia[at + 1u], body_inertia[at + 2u]);
    let off = vec3<f32>(body_inertia[at + 3u], body_inertia[at + 4u], body_inertia[at + 5u]);
    let first = vec3<f32>(body_inertia[at + 6u], body_inertia[at + 7u], body_inertia[at + 8u]);
    let velocity = velocity_of(body);
    let momentum = inertia_times(diagonal, off, first, BODY_MASS[body], velocity);
    let pull = inertia_times(diagonal, off, first, BODY_MASS[body], acceleration);
    return spatial_sum(pull, cross_force(velocity, momentum), 1.0);
}

// Returns the gravity, Coriolis and centrifugal force on a dof.
fn bias_of(dof: u32) -> f32 {
    let axis = axis_of(dof);
    let body = DOF_BODY[dof];
    var sum = 0.0;
    for (var part = body; part <= BODY_LAST[body]; part++) {
        sum += spatial_dot(axis, force_of(part));
    }
    return sum;
}

// Computes row `dof` of the inertia matrix up to the diagonal, from the composite inertia of its body.
fn mass_row(dof: u32) {
    let at = 10u * DOF_BODY[dof];
    let push = inertia_times(
        vec3<f32>(composite[at], composite[at + 1u], composite[at + 2u]),
        vec3<f32>(composite[at + 3u], composite[at + 4u], composite[at + 5u]),
        vec3<f32>(composite[at + 6u], composite[at + 7u], composite[at + 8u]),
        composite[at + 9u],
        axis_of(dof),
    );
    let chain = BODY_CHAIN[DOF_BODY[dof]];
    for (var other = 0u; other <= dof; other++) {
        var entry = 0.0;
        if (((chain >> other) & 1u) == 1u) {
            entry = spatial_dot(axis_of(other), push);
        }
        matrix[dof * STRIDE + other] = entry;
    }
    matrix[dof * STRIDE + dof] += DOF_ARMATURE[dof];
}

// Returns entry `dof` of the inertia matrix times `direction`.
fn mass_times(dof: u32) -> f32 {
    var sum = 0.0;
    for (var other = 0u; other <= dof; other++) {
        sum += matrix[dof * STRIDE + other] * direction[other];
    }
    for (var other = dof + 1u; other < NV; other++) {
        sum += matrix[other * STRIDE + dof] * direction[other];
    }
    return sum;
}

// Returns the force on a dof of springs, dampers, motors and harness, minus the bias. `harness_force` is that of
// harness.wgsl or no_harness.wgsl.
fn smooth_force(dof: u32) -> f32 {
    let joint = DOF_JOINT[dof];
    let passive = -DOF_DAMPING[dof] * stage_qvel[dof] - bias_of(dof);
    let stretch = stage_qpos[JOINT_QPOS[joint]] - JOINT_SPRING[joint];
    return passive - JOINT_STIFFNESS[joint] * stretch + motor[dof] + harness_force(dof);
}
