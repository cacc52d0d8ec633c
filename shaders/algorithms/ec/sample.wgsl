// Samples the networks of a slab: one invocation a 32-bit word of CHUNK slots. Needs N_WORDS, CHUNK, WORKGROUP.
#import algorithms/ec/bits
#buffer theta_out: array<u32>

@compute @workgroup_size(WORKGROUP)
fn sample(@builtin(global_invocation_id) gid: vec3<u32>) {
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
