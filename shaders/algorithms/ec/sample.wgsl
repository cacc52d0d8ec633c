// Samples networks. One invocation draws a 32-bit word of CHUNK slots, so that it reads the thresholds once for all of
// them. Needs N_WORDS, CHUNK, WORKGROUP.
#import algorithms/ec/bits
#import rollout/episode
#import rollout/lives
var<storage, read_write> theta_out: array<u32>;
var<storage, read> fresh_in: array<u32>;
var<storage, read> episode_in: array<Episode>;

// Samples the networks of those fresh slots that have none yet.
@compute @workgroup_size(WORKGROUP)
fn sample(@builtin(global_invocation_id) gid: vec3<u32>) {
    let word = gid.x;
    if (word >= N_WORDS) {
        return;
    }
    let threshold = thresholds_of(word);
    let end = min((gid.y + 1u) * CHUNK, fresh_in[0]);
    for (var k = gid.y * CHUNK; k < end; k++) {
        let slot = fresh_in[1u + k];
        if (episode_in[slot].inherits == 0u) {
            let place = slot + episode_in[slot].to_theta;
            theta_out[place * N_WORDS + word] = draw_word(word, member_of(episode_in[slot].life), threshold);
        }
    }
}

// Samples the networks of a block of members again, whatever slots they lived in: member_base in slot 0, and so on.
@compute @workgroup_size(WORKGROUP)
fn resample(@builtin(global_invocation_id) gid: vec3<u32>) {
    let word = gid.x;
    if (word >= N_WORDS) {
        return;
    }
    let threshold = thresholds_of(word);
    let end = min((gid.y + 1u) * CHUNK, run.n_slots);
    for (var slot = gid.y * CHUNK; slot < end; slot++) {
        theta_out[slot * N_WORDS + word] = draw_word(word, run.member_base + slot, threshold);
    }
}
