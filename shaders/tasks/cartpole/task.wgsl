// CartPole-v1. One environment per invocation.
#import tasks/cartpole/dynamics
#import rollout/run
#import rollout/lives
#import rollout/episode
#import rollout/task_slot
#import tasks/cartpole/push
#import tasks/cartpole/start
var<storage, read_write> obs_out: array<f32>;
var<storage, read_write> task_state_inout: array<f32>;
var<storage, read_write> episode_inout: array<Episode>;
var<storage, read_write> terms_inout: array<f32>;

fn load(slot: u32) -> vec4<f32> {
    return vec4<f32>(
        task_state_inout[slot], task_state_inout[N_SLOTS + slot],
        task_state_inout[2u * N_SLOTS + slot], task_state_inout[3u * N_SLOTS + slot],
    );
}

fn store(slot: u32, state: vec4<f32>) {
    for (var i = 0u; i < 4u; i++) {
        task_state_inout[i * N_SLOTS + slot] = state[i];
        obs_out[slot * 4u + i] = state[i];
    }
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_reset(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = fresh_slot(gid, groups);
    if (slot == NO_SLOT) {
        return;
    }
    store(slot, start_state(slot, start_of(episode_inout[slot].life)));
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_step(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = living_slot(gid, groups);
    if (slot == NO_SLOT) {
        return;
    }
    var episode = episode_inout[slot];
    if ((episode.status & DONE) != 0u) {
        return;
    }
    var s = load(slot);
    s = moved(s, pushes_right(slot, episode.life, episode.length));
    store(slot, s);

    let alive = run.reward_factors[0][0];
    episode.return_sum += alive;
    terms_inout[slot] += alive;
    episode.length += 1u;
    if (!inside(s) && run.no_termination == 0u) {
        episode.status |= DONE | TERMINATED;
    }
    if (episode.length >= run.episode_cap) {
        episode.status |= DONE;
    }
    episode_inout[slot] = episode;
}
