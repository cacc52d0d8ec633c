// Entry points of a locomotion task whose physics is shared by a workgroup. The task's own part provides the functions
// `place`, `place_in_discs`, `observe`, `is_healthy`, `score` and the constants that they need.
#import rollout/task_slot
#import tasks/locomotion/random
#import tasks/locomotion/action
#import tasks/locomotion/record
#import physics/cooperative/step
#import physics/cooperative/motors
#import physics/cooperative/external
#import physics/cooperative/places
var<storage, read_write> obs_out: array<f32>;
var<storage, read_write> task_state_inout: array<f32>;
var<storage, read_write> episode_inout: array<Episode>;
var<storage, read_write> terms_inout: array<f32>;

var<workgroup> shared_slot: u32;
// bits of the largest magnitude in the state; those of NaN are larger than those of all numbers
var<workgroup> largest: atomic<u32>;
// MuJoCo's limit
const BOUND = 1e10f;

fn state_place(field: u32, slot: u32) -> u32 {
    return field * N_SLOTS + slot;
}

@compute @workgroup_size(LANES)
fn task_reset(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    lane = index;
    let slot = fresh_slot(group, groups);
    if (slot == NO_SLOT) {
        return;
    }
    let start = start_of(episode_inout[slot].life);
    if (GIVEN_STARTS) {
        load_bodies(slot);
    } else {
        draw_bodies(start);
    }
    if (lane < NV) {
        motor[lane] = 0.0;
        excess[lane] = 0.0;
    }
    if (lane < NU) {
        ctrl[lane] = 0.0;
    }
    open_step();
    see_state();
    if (lane < NBODY) {
        set_force(lane, Spatial());
    }
    workgroupBarrier();
    observe(slot);
    store_state(slot);
}

fn draw_bodies(start: u32) {
    if (lane < NQ) {
        qpos[lane] = START_QPOS[lane] + START_NOISE[lane] * start_uniform(lane, start);
    }
    if (lane < NV) {
        qvel[lane] = START_SPEED[lane] * start_speed(lane, start);
        qacc[lane] = 0.0;
    }
    place_in_discs(start);
}

fn start_speed(dof: u32, start: u32) -> f32 {
    if (NORMAL_VELOCITIES) {
        return start_normal(dof, start);
    }
    return start_uniform(NQ + dof, start);
}

@compute @workgroup_size(LANES)
fn task_step(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    lane = index;
    if (lane == 0u) {
        shared_slot = unfinished(living_slot(group, groups));
        contact_overflow = 0u;
        atomicStore(&largest, 0u);
    }
    let slot = workgroupUniformLoad(&shared_slot);
    if (slot == NO_SLOT) {
        return;
    }
    load_state(slot);
    let place_before = task_state_inout[state_place(PLACE_FIELD, slot)];
    physics_step(FRAME_SKIP, STAGES);
    if (FEELS_CONTACTS && (lane < NBODY)) {
        // The evaluation is over, so its forces can be replaced by those of the contacts.
        set_force(lane, external_force(lane));
    }
    if (lane < NV) {
        measure(qpos[lane]);
        measure(qvel[lane]);
        measure(qacc[lane]);
    }
    if (lane < NQ) {
        measure(qpos[lane]);
    }
    measure(place());
    workgroupBarrier();
    observe(slot);
    store_state(slot);
    if (lane == 0u) {
        close_slot(slot, place_before);
    }
}

// Returns the slot, or NO_SLOT if its episode is over.
fn unfinished(slot: u32) -> u32 {
    if (slot != NO_SLOT) {
        if ((episode_inout[slot].status & DONE) == 0u) {
            return slot;
        }
    }
    return NO_SLOT;
}

fn load_bodies(slot: u32) {
    if (lane < NQ) {
        qpos[lane] = task_state_inout[state_place(lane, slot)];
    }
    if (lane < NV) {
        qvel[lane] = task_state_inout[state_place(NQ + lane, slot)];
        qacc[lane] = task_state_inout[state_place(NQ + NV + lane, slot)];
    }
}

fn load_state(slot: u32) {
    load_bodies(slot);
    if (lane < NU) {
        let action = task_action(lane, NU, slot, episode_inout[slot].life, episode_inout[slot].length);
        ctrl[lane] = CTRL_MIDDLE[lane] + CTRL_REACH[lane] * action;
    }
    set_motors();
}

fn store_state(slot: u32) {
    if (lane < NQ) {
        task_state_inout[state_place(lane, slot)] = qpos[lane];
    }
    if (lane < NV) {
        task_state_inout[state_place(NQ + lane, slot)] = qvel[lane];
        task_state_inout[state_place(NQ + NV + lane, slot)] = qacc[lane];
    }
    if (KEEPS_PLACE && (lane == 0u)) {
        task_state_inout[state_place(PLACE_FIELD, slot)] = place();
    }
}

fn measure(x: f32) {
    atomicMax(&largest, bitcast<u32>(x) & 0x7fffffffu);
}

// Updates the reward, the sums of terms, and the status of the episode.
fn close_slot(slot: u32, place_before: f32) {
    let broken = atomicLoad(&largest) > bitcast<u32>(BOUND);
    let healthy = !broken && is_healthy();
    var episode = after_step(episode_inout[slot], contact_overflow, broken, FALLS_END && !healthy);
    let reward = score(slot, place_before, healthy, broken);
    if (!broken) {
        episode.return_sum += reward;
    }
    episode_inout[slot] = episode;
}
