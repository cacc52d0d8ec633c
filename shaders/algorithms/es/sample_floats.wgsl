// Samples the networks of those fresh slots that have none yet: mean plus or minus sigma times the noise of the
// member's pair. One invocation draws four parameters of CHUNK slots. Needs QUADS, CHUNK, WORKGROUP.
#import algorithms/es/noise
#import rollout/episode
#import rollout/lives
var<storage, read> distribution_in: array<vec4<f32>>;
var<storage, read_write> theta_out: array<vec4<f32>>;
var<storage, read> fresh_in: array<u32>;
var<storage, read> episode_in: array<Episode>;

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
        if (episode_in[slot].inherits == 0u) {
            let member = member_of(episode_in[slot].life);
            let place = slot + episode_in[slot].to_theta;
            theta_out[place * QUADS + quad] = mean + sigma * side_of(member) * perturbation(quad, member >> 1u);
        }
    }
}
