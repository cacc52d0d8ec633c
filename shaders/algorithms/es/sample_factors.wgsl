// Samples the factors of those fresh slots that have none yet, which are the factors of the member's pair. The
// network's kernel applies side and sigma. One invocation draws four numbers of CHUNK slots. Needs MEMBER_QUADS,
// CHUNK, WORKGROUP.
#import algorithms/es/noise
#import rollout/episode
#import rollout/lives
var<storage, read_write> theta_out: array<vec4<f32>>;
var<storage, read> fresh_in: array<u32>;
var<storage, read> episode_in: array<Episode>;

@compute @workgroup_size(WORKGROUP)
fn sample(@builtin(global_invocation_id) gid: vec3<u32>) {
    let quad = gid.x;
    if (quad >= MEMBER_QUADS) {
        return;
    }
    let end = min((gid.y + 1u) * CHUNK, fresh_in[0]);
    for (var k = gid.y * CHUNK; k < end; k++) {
        let slot = fresh_in[1u + k];
        if (episode_in[slot].inherits == 0u) {
            let place = slot + episode_in[slot].to_theta;
            let pair = member_of(episode_in[slot].life) >> 1u;
            theta_out[SHARED_QUADS + place * MEMBER_QUADS + quad] = perturbation(quad, pair);
        }
    }
}
