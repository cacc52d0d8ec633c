// Tests only: runs the stepper from given states, and writes out the intermediate values of its last forward
// evaluation. It takes `run.episode_cap` steps, with at most `run.generation` evaluations per step. Needs the PROBE_
// places of each field.
#import rollout/run
#import physics/cooperative/step
#import physics/cooperative/motors
var<storage, read_write> probe_inout: array<f32>;

var<private> slot: u32;

fn probe_place(field: u32) -> u32 {
    return field * run.n_slots + slot;
}

fn probe_set(field: u32, value: f32) {
    probe_inout[probe_place(field)] = value;
}

fn probe_point(field: u32, point: vec3<f32>) {
    probe_set(field, point.x);
    probe_set(field + 1u, point.y);
    probe_set(field + 2u, point.z);
}

@compute @workgroup_size(LANES)
fn physics_probe(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    lane = index;
    slot = group.x + group.y * groups.x;
    if (slot >= run.n_slots) {
        return;
    }
    if (lane == 0u) {
        contact_overflow = 0u;
    }
    if (lane < NQ) {
        qpos[lane] = probe_inout[probe_place(PROBE_QPOS + lane)];
    }
    if (lane < NV) {
        qvel[lane] = probe_inout[probe_place(PROBE_QVEL + lane)];
        qacc[lane] = probe_inout[probe_place(PROBE_QACC + lane)];
    }
    if (lane < NU) {
        ctrl[lane] = probe_inout[probe_place(PROBE_CTRL + lane)];
    }
    set_motors();
    physics_step(run.episode_cap, run.generation);
    if (lane < NQ) {
        probe_set(PROBE_QPOS + lane, qpos[lane]);
    }
    if (lane < NV) {
        probe_set(PROBE_QVEL + lane, qvel[lane]);
        probe_set(PROBE_QACC + lane, qacc[lane]);
        probe_set(PROBE_BIAS + lane, bias_of(lane));
        probe_set(PROBE_ACCELERATION + lane, qacc[lane]);
    }
    for (var entry = lane; entry < PROBE_MASS_ENTRIES; entry += LANES) {
        probe_set(PROBE_MASS + entry, matrix[PROBE_MASS_ROW[entry] * STRIDE + PROBE_MASS_COLUMN[entry]]);
    }
    if (lane == 0u) {
        probe_set(PROBE_OVERFLOW, f32(contact_overflow));
        probe_contacts();
        probe_seen();
    }
}

// Writes five numbers per point of the floor (D or 0, distance, position), and per contact of a pair (pair or -1, then
// the same).
fn probe_contacts() {
    for (var point = 0u; point < POINTS; point++) {
        probe_set(PROBE_FLOOR + 5u * point, 0.0);
    }
    for (var place = 0u; place < PROBE_SLOT_COUNT; place++) {
        probe_set(PROBE_SLOTS + 5u * place, -1.0);
    }
    var next = 0u;
    for (var at = 0u; at < contact_count; at++) {
        let candidate = contacts[at].candidate;
        if (candidate < POINTS) {
            probe_contact(PROBE_FLOOR + 5u * candidate, contacts[at].weight, at);
        } else if (next < PROBE_SLOT_COUNT) {
            probe_contact(PROBE_SLOTS + 5u * next, f32(pair_of(candidate)), at);
            next += 1u;
        }
    }
}

fn probe_contact(field: u32, head: f32, at: u32) {
    probe_set(field, head);
    probe_set(field + 1u, touch(contacts[at].candidate).dist);
    probe_point(field + 2u, contacts[at].offset + com);
}
