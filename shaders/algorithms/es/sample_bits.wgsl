// Samples the 1-bit networks of those fresh slots that have none yet: a connection exists where mean plus or minus
// sigma times noise is above 0. One invocation draws a 32-bit word of CHUNK slots. Needs QUADS, CHUNK, WORKGROUP.
#import algorithms/es/noise
#import rollout/episode
#import rollout/lives
var<storage, read> distribution_in: array<vec4<f32>>;
var<storage, read_write> theta_out: array<u32>;
var<storage, read> fresh_in: array<u32>;
var<storage, read> episode_in: array<Episode>;

const N_WORDS = QUADS / 8u;

@compute @workgroup_size(WORKGROUP)
fn sample(@builtin(global_invocation_id) gid: vec3<u32>) {
    let word = gid.x;
    if (word >= N_WORDS) {
        return;
    }
    let sigma = distribution_in[0].x;
    let end = min((gid.y + 1u) * CHUNK, fresh_in[0]);
    for (var k = gid.y * CHUNK; k < end; k++) {
        let slot = fresh_in[1u + k];
        if (episode_in[slot].inherits == 1u) {
            continue;
        }
        let member = member_of(episode_in[slot].life);
        let spread = sigma * side_of(member);
        var bits = 0u;
        for (var q = 0u; q < 8u; q++) {
            let quad = 8u * word + q;
            let value = distribution_in[1u + quad] + spread * perturbation(quad, member >> 1u);
            let exists = select(vec4<u32>(), vec4<u32>(1u, 2u, 4u, 8u), value > vec4<f32>());
            bits |= (exists.x | exists.y | exists.z | exists.w) << (4u * q);
        }
        theta_out[(slot + episode_in[slot].to_theta) * N_WORDS + word] = bits;
    }
}
