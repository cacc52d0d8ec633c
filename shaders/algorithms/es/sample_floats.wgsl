// The networks of all slots that were just given to a member: mean plus or minus sigma times the noise of its pair.
// One invocation four parameters of CHUNK slots. Needs QUADS, CHUNK, WORKGROUP.
#import algorithms/es/noise
#import rollout/episode
#buffer distribution_in: array<vec4<f32>>
#buffer theta_out: array<vec4<f32>>
#buffer fresh_in: array<u32>
#buffer episode_in: array<Episode>

@compute @workgroup_size(WORKGROUP)
fn sample(@builtin(global_invocation_id) gid: vec3<u32>) {
    let quad = gid.x;
    if (quad >= QUADS) {
        return;
    }
    let sigma = distribution_in[0].x;
    let mean = distribution_in[1u + quad];
    let end = min((gid.y + 1u) * CHUNK, fresh_in[0]);
    for (var k = gid.y * CHUNK; k < end; k++) {
        let slot = fresh_in[1u + k];
        let member = episode_in[slot].member;
        theta_out[slot * QUADS + quad] = mean + sigma * side_of(member) * perturbation(quad, member >> 1u);
    }
}
