// Records what a step came to, and begins the next episode where one has ended. One invocation per environment.
//
// Needs ENVIRONMENTS, N_TERMS, DISCOUNT.
#import structs/PpoEnvironment
#import structs/PpoFrame
#import structs/ppo_flags
#import rollout/episode
var<storage, read_write> episode_inout: array<Episode>;
var<storage, read_write> terms_inout: array<f32>;
var<storage, read_write> fresh_out: array<u32>;
var<storage, read_write> ppo_environment_inout: array<PpoEnvironment>;
var<storage, read_write> ppo_frame_inout: array<PpoFrame>;

const NO_SLOT = 0xffffffffu;

@compute @workgroup_size(64)
fn record(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = gid.x + gid.y * groups.x * 64u;
    if (slot >= ENVIRONMENTS) {
        return;
    }
    var episode = episode_inout[slot];
    var environment = ppo_environment_inout[slot];
    let row = environment.step * ENVIRONMENTS + slot;
    var frame = ppo_frame_inout[row];
    let broken = (episode.status & NON_FINITE) != 0u;
    let ended = (episode.status & DONE) != 0u;
    let fell = (episode.status & TERMINATED) != 0u || broken;
    // A reward that is no number would reach all parameters.
    frame.reward = select(episode.return_sum, 0.0, broken);
    frame.life = episode.life;
    frame.flags = select(0u, FELL, ended && fell) | select(0u, RAN_OUT, ended && !fell)
        | select(0u, BEGAN, environment.began == 1u) | select(0u, BROKEN, broken);
    environment.episode_return += frame.reward;
    environment.discounted = DISCOUNT * environment.discounted + frame.reward;
    environment.discounted_sum += environment.discounted;
    environment.discounted_squares += environment.discounted * environment.discounted;
    environment.spikes += episode.spikes;
    environment.contact_overflow += episode.contact_overflow;
    frame.episode_return = environment.episode_return;
    frame.episode_length = episode.length;
    episode.return_sum = 0.0;
    episode.spikes = 0u;
    episode.contact_overflow = 0u;
    if (ended) {
        episode.status = 0u;
        episode.length = 0u;
        episode.life += ENVIRONMENTS;
        environment.episode_return = 0.0;
        environment.discounted = 0.0;
        for (var term = 0u; term < N_TERMS; term++) {
            terms_inout[term * ENVIRONMENTS + slot] = 0.0;
        }
    }
    environment.began = select(0u, 1u, ended);
    environment.step += 1u;
    fresh_out[1u + slot] = select(NO_SLOT, slot, ended);
    episode_inout[slot] = episode;
    ppo_environment_inout[slot] = environment;
    ppo_frame_inout[row] = frame;
}
