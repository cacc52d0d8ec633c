// The natural-evolution-strategy estimate, exactly: sum over the members of a block of utility where the connection exists.
// Bits are drawn again, not stored. One invocation eight connections of CHUNK members; integer sums, so any order gives the same.
// Needs N_WORDS, CHUNK.
#import algorithms/ec/bits
#buffer utility_in: array<i32>
#buffer gradient_inout: array<atomic<i32>>

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) gid: vec3<u32>) {
    let block = gid.x;
    if (block >= 4u * N_WORDS) {
        return;
    }
    let low = threshold_in[2u * block];
    let high = threshold_in[2u * block + 1u];
    var sum_low = vec4<i32>(0);
    var sum_high = vec4<i32>(0);
    let end = min((gid.y + 1u) * CHUNK, run.n_slots);
    for (var k = gid.y * CHUNK; k < end; k++) {
        let draw = draw_connections(block, run.member_base + k, low, high);
        let utility = vec4<i32>(utility_in[k]);
        sum_low += select(vec4<i32>(0), utility, draw.low);
        sum_high += select(vec4<i32>(0), utility, draw.high);
    }
    for (var i = 0u; i < 4u; i++) {
        atomicAdd(&gradient_inout[8u * block + i], sum_low[i]);
        atomicAdd(&gradient_inout[8u * block + 4u + i], sum_high[i]);
    }
}
