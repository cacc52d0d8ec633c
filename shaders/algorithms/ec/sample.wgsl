// Samples networks: one invocation a 32-bit word of CHUNK slots, so that the thresholds are read once for them.
// Needs N_WORDS, CHUNK, WORKGROUP.
#import algorithms/ec/bits
#import rollout/episode
#buffer theta_out: array<u32>
#buffer fresh_in: array<u32>
#buffer episode_in: array<Episode>

// The networks of all slots that were just given to a member.
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
        theta_out[slot * N_WORDS + word] = draw_word(word, episode_in[slot].member, threshold);
    }
}

// The networks of a block of members, wherever they lived: member_base in slot 0, and so on.
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
