// Samples the networks of a slab: one invocation a 32-bit word of one slot. Needs N_WORDS.
#import algorithms/ec/bits
#buffer theta_out: array<u32>

fn pack(draw: Draw) -> u32 {
    let weights = vec4<u32>(1u, 2u, 4u, 8u);
    let low = select(vec4<u32>(0u), weights, draw.low);
    let high = select(vec4<u32>(0u), weights << vec4<u32>(4u), draw.high);
    let sum = low | high;
    return sum.x | sum.y | sum.z | sum.w;
}

@compute @workgroup_size(64)
fn sample(@builtin(global_invocation_id) gid: vec3<u32>) {
    if (gid.x >= N_WORDS) {
        return;
    }
    let member = run.member_base + gid.y;
    var word = 0u;
    for (var part = 0u; part < 4u; part++) {
        let block = 4u * gid.x + part;
        word |= pack(draw_connections(block, member, threshold_in[2u * block], threshold_in[2u * block + 1u])) << (8u * part);
    }
    theta_out[gid.y * N_WORDS + gid.x] = word;
}
