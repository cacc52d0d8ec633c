// Record of an environment and its numbers in task_state. Needs N_SLOTS, EPISODE_LENGTH.
#import rollout/run
#import rollout/lives
#import rollout/episode
#import rollout/task_slot
var<storage, read_write> obs_out: array<f32>;
var<storage, read_write> task_state_inout: array<f32>;
var<storage, read_write> episode_inout: array<Episode>;
var<storage, read_write> terms_inout: array<f32>;

fn field(slot: u32, i: u32) -> f32 {
    return task_state_inout[i * N_SLOTS + slot];
}

fn set_field(slot: u32, i: u32, value: f32) {
    task_state_inout[i * N_SLOTS + slot] = value;
}

// Returns the slot of an environment whose episode goes on; NO_SLOT without one.
fn running_slot(gid: vec3<u32>, groups: vec3<u32>) -> u32 {
    let slot = living_slot(gid, groups);
    if (slot == NO_SLOT) {
        return NO_SLOT;
    }
    return select(slot, NO_SLOT, (episode_inout[slot].status & DONE) != 0u);
}

// Returns the number of steps of the current episodes.
fn last_step() -> u32 {
    return min(run.episode_cap, EPISODE_LENGTH);
}

// Adds to reward term `term`, and returns what it adds to the return.
fn reward(slot: u32, term: u32, value: f32) -> f32 {
    let weighted = run.reward_factors[term / 4u][term % 4u] * value;
    terms_inout[term * N_SLOTS + slot] += weighted;
    return weighted;
}

// Closes a step that earned `sum`: `status` are bits of the episode's record beside those of its length.
fn close_step(slot: u32, sum: f32, status: u32) {
    var episode = episode_inout[slot];
    episode.return_sum += sum;
    episode.length += 1u;
    episode.status |= status;
    if (episode.length >= run.episode_cap) {
        episode.status |= DONE;
    }
    episode_inout[slot] = episode;
}
