// Records one step of every row of a rollout: one workgroup per row, whose lanes share its numbers. Then the row
// continues as if its episode had not ended. With RESETS it begins anew instead, from its given start or, without one,
// as another life. Needs N_SLOTS, NQ, NV, NA, NU, D_OBS, the tables QPOS_FIELD, QVEL_FIELD and ACT_FIELD, the places
// AT_..., RESETS, GIVEN_STARTS, START_FIELDS and LIFE_STEP. Floats are written as their bits.
#import rollout/episode
var<storage, read_write> episode_inout: array<Episode>;
var<storage, read_write> task_state_inout: array<f32>;
var<storage, read> obs_in: array<f32>;
var<storage, read> control_in: array<f32>;
var<storage, read> start_in: array<f32>;
var<storage, read_write> fresh_inout: array<atomic<u32>>;
var<storage, read_write> motion_out: array<u32>;

const LANES = 64u;

fn put(place: u32, value: f32) {
    motion_out[place] = bitcast<u32>(value);
}

// Begins the slot's next episode: marks the slot as fresh, and puts it at its start if that is given.
fn begin_anew(slot: u32, lane: u32) {
    if (GIVEN_STARTS) {
        for (var field = lane; field < START_FIELDS; field += LANES) {
            task_state_inout[field * N_SLOTS + slot] = start_in[field * N_SLOTS + slot];
        }
    }
    if (lane == 0u) {
        var episode = Episode();
        episode.life = episode_inout[slot].life + LIFE_STEP;
        episode_inout[slot] = episode;
        atomicStore(&fresh_inout[1u + atomicAdd(&fresh_inout[0], 1u)], slot);
    }
}

@compute @workgroup_size(LANES)
fn motion(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = group.x + group.y * groups.x;
    if (slot >= N_SLOTS) {
        return;
    }
    for (var i = lane; i < NQ; i += LANES) {
        put(AT_QPOS + slot * NQ + i, task_state_inout[QPOS_FIELD[i] * N_SLOTS + slot]);
    }
    for (var i = lane; i < NV; i += LANES) {
        put(AT_QVEL + slot * NV + i, task_state_inout[QVEL_FIELD[i] * N_SLOTS + slot]);
    }
    for (var i = lane; i < NA; i += LANES) {
        put(AT_ACT + slot * NA + i, task_state_inout[ACT_FIELD[i] * N_SLOTS + slot]);
    }
    for (var i = lane; i < D_OBS; i += LANES) {
        put(AT_OBS + slot * D_OBS + i, obs_in[slot * D_OBS + i]);
    }
    for (var i = lane; i < NU; i += LANES) {
        put(AT_CONTROL + slot * NU + i, control_in[slot * NU + i]);
    }
    let status = episode_inout[slot].status;
    storageBarrier(); // all lanes have read what changes now
    if (lane == 0u) {
        close(slot, status);
    }
    if (RESETS && ((status & DONE) != 0u)) {
        begin_anew(slot, lane);
    }
}

// Writes the reward of this step, its status, and the number of contacts that found no place; sets all three to zero
// for the next step.
fn close(slot: u32, status: u32) {
    put(AT_REWARD + slot, episode_inout[slot].return_sum);
    motion_out[AT_STATUS + slot] = status;
    motion_out[AT_OVERFLOW + slot] = episode_inout[slot].contact_overflow;
    episode_inout[slot].status = 0u;
    episode_inout[slot].return_sum = 0.0;
    episode_inout[slot].contact_overflow = 0u;
}
