// The natural-evolution-strategy estimate, exactly: for each connection, the sum of the utilities of those members of
// a block that have it. One invocation sums a 32-bit word over CHUNK slots. Sums are integers, so their order does not
// matter. Needs N_WORDS, CHUNK, WORKGROUP.
#import rollout/run
var<storage, read> theta_in: array<u32>;
var<storage, read> utility_in: array<i32>;
var<storage, read_write> gradient_inout: array<atomic<i32>>;

@compute @workgroup_size(WORKGROUP)
fn gradient(@builtin(global_invocation_id) gid: vec3<u32>) {
    let word = gid.x;
    if (word >= N_WORDS) {
        return;
    }
    var sums: array<vec4<i32>, 8>;
    let end = min((gid.y + 1u) * CHUNK, run.n_slots);
    for (var slot = gid.y * CHUNK; slot < end; slot++) {
        let bits = vec4<u32>(theta_in[slot * N_WORDS + word]) >> vec4<u32>(0u, 1u, 2u, 3u);
        let utility = utility_in[slot];
        for (var q = 0u; q < 8u; q++) {
            sums[q] += select(vec4<i32>(0), vec4<i32>(utility), (bits & vec4<u32>(1u << (4u * q))) != vec4<u32>(0u));
        }
    }
    for (var i = 0u; i < 32u; i++) {
        atomicAdd(&gradient_inout[32u * word + i], sums[i / 4u][i % 4u]);
    }
}
