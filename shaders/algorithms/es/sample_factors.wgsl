// The factors of all slots that were just given to a member: those of its pair. The network's kernel knows side and sigma.
// One invocation four numbers of CHUNK slots. Needs MEMBER_QUADS, CHUNK, WORKGROUP.
#import algorithms/es/noise
#import rollout/episode
#buffer theta_out: array<vec4<f32>>
#buffer fresh_in: array<u32>
#buffer episode_in: array<Episode>

@compute @workgroup_size(WORKGROUP)
fn sample(@builtin(global_invocation_id) gid: vec3<u32>) {
    let quad = gid.x;
    if (quad >= MEMBER_QUADS) {
        return;
    }
    let end = min((gid.y + 1u) * CHUNK, fresh_in[0]);
    for (var k = gid.y * CHUNK; k < end; k++) {
        let slot = fresh_in[1u + k];
        theta_out[SHARED_QUADS + slot * MEMBER_QUADS + quad] = perturbation(quad, episode_in[slot].member >> 1u);
    }
}
