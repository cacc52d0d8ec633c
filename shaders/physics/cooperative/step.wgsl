// One forward evaluation, and the loops over steps and Runge-Kutta stages around it.
#import physics/cooperative/newton

// Sets `qacc` from `stage_qpos`, `stage_qvel`, `motor`.
fn forward() {
    see_state();
    if (lane < NBODY) {
        set_force(lane, own_acceleration(lane));
    }
    compose_inertias();
    keep_deepest();
    workgroupBarrier();
    var moving = Spatial();
    if (lane < NBODY) {
        moving = moving_force(lane);
    }
    enter_contacts();
    workgroupBarrier();
    if (lane < NBODY) {
        set_force(lane, moving);
    }
    if (lane < NV) {
        mass_row(lane);
        set_limit(lane);
    }
    workgroupBarrier();
    if (lane < NV) {
        force[lane] = smooth_force(lane);
    }
    solve();
}

// Computes what follows from positions and velocities alone: poses, inertias, axes, velocities, and which candidates
// touch.
fn see_state() {
    forget_contacts();
    if (lane == 0u) {
        atomicStore(&limit_bits, 0u);
    }
    if (lane < NBODY) {
        place_in_parent(lane);
    }
    workgroupBarrier();
    if (lane < NBODY) {
        place_in_world(lane);
        weigh(lane);
    }
    workgroupBarrier();
    find_centre_of_mass();
    if (lane < NBODY) {
        move_inertia(lane);
    }
    if (lane < NV) {
        move_axis(lane);
    }
    place_segments();
    workgroupBarrier();
    if (lane < NBODY) {
        find_velocity(lane);
    }
    find_hits();
    workgroupBarrier();
}

// Advances the robot by `steps` steps; `stages` below the integrator's own stops after that many evaluations.
fn physics_step(steps: u32, stages: u32) {
    for (var count = 0u; count < steps; count++) {
        open_step();
        if (RUNGE_KUTTA) {
            runge_kutta(stages);
        } else {
            forward();
            euler();
        }
        close_step();
    }
}

fn open_step() {
    if (lane < NV) {
        stage_qvel[lane] = qvel[lane];
    }
    if (lane < NQ) {
        stage_qpos[lane] = qpos[lane];
    }
    workgroupBarrier();
}

fn close_step() {
    if (lane < NV) {
        qvel[lane] = stage_qvel[lane];
    }
    if (lane < NQ) {
        qpos[lane] = stage_qpos[lane];
    }
    workgroupBarrier();
}

// Moves the positions by the new velocities.
fn euler() {
    if (lane < NV) {
        var acceleration = qacc[lane];
        if (IMPLICIT_DAMPING) {
            acceleration = direction[lane];
        }
        stage_qvel[lane] = qvel[lane] + TIMESTEP * acceleration;
        direction[lane] = TIMESTEP * stage_qvel[lane];
    }
    workgroupBarrier();
    move_positions();
}

fn runge_kutta(stages: u32) {
    var sum_velocity = 0.0;
    var sum_acceleration = 0.0;
    for (var stage = 0u; stage < stages; stage++) {
        forward();
        let last = stage == 3u;
        let middle = select(2.0, 1.0, (stage == 0u) || last);
        let span = select(select(0.5, 1.0, stage == 2u), 1.0 / 6.0, last) * TIMESTEP;
        if (lane < NV) {
            let velocity = stage_qvel[lane];
            sum_velocity += middle * velocity;
            sum_acceleration += middle * qacc[lane];
            direction[lane] = span * select(velocity, sum_velocity, last);
            stage_qvel[lane] = qvel[lane] + span * select(qacc[lane], sum_acceleration, last);
        }
        workgroupBarrier();
        move_positions();
    }
}

// Sets `stage_qpos` to `qpos` moved by `direction` (velocity times time, per dof).
fn move_positions() {
    if (lane < NJNT) {
        let at = JOINT_QPOS[lane];
        let dof = JOINT_DOF[lane];
        stage_qpos[at] = qpos[at] + direction[dof];
        if (JOINT_KIND[lane] == FREE) {
            stage_qpos[at + 1u] = qpos[at + 1u] + direction[dof + 1u];
            stage_qpos[at + 2u] = qpos[at + 2u] + direction[dof + 2u];
            turn_free_joint(at + 3u, vec3<f32>(direction[dof + 3u], direction[dof + 4u], direction[dof + 5u]));
        }
    }
    workgroupBarrier();
}

// Turns the quaternion w x y z at `at` by the vector `by` in its own frame, of any length below 1e4.
fn turn_free_joint(at: u32, by: vec3<f32>) {
    let z = 0.25 * dot(by, by); // the square of half the angle
    // Short turns take a series, which is exact to the last bits there and rounds less than the quotient.
    var sine = 0.5 - z * (1.0 / 12.0 - z * (1.0 / 240.0 - z * (1.0 / 10080.0)));
    var cosine = 1.0 - z * (0.5 - z * (1.0 / 24.0 - z * (1.0 / 720.0)));
    if (z >= SHORT_TURN) {
        let angle = sqrt(z);
        let half = sincos(angle);
        sine = 0.5 * half.x / angle;
        cosine = half.y;
    }
    let start = vec4<f32>(qpos[at + 1u], qpos[at + 2u], qpos[at + 3u], qpos[at]);
    let product = quat_times(start, vec4<f32>(by * sine, cosine));
    // The last bits of the norm do not matter: kinematics divide by it again.
    let unit = product / sqrt(dot(product, product));
    stage_qpos[at] = unit.w;
    stage_qpos[at + 1u] = unit.x;
    stage_qpos[at + 2u] = unit.y;
    stage_qpos[at + 3u] = unit.z;
}
