// A small test of what a device must get right: random bits, multiply-adds of whole numbers that f32 holds exactly,
// and a sum through workgroup memory. Twin: src/doctor/kernel.rs.
#import numerics/philox
var<storage, read_write> probe_out: array<u32>;

const WIDTH = 64u;
var<workgroup> sums: array<u32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn check(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let bits = philox4x32(vec4<u32>(gid.x, 1u, 2u, 3u), vec2<u32>(4u, 5u));
    var x = f32(bits.x & 0xfffu);
    for (var i = 0u; i < 4u; i++) {
        x = x * 3.0 + f32((bits.y >> (8u * i)) & 0xffu);
    }
    sums[lane] = bits.z;
    workgroupBarrier();
    for (var stride = WIDTH / 2u; stride > 0u; stride /= 2u) {
        if (lane < stride) {
            sums[lane] += sums[lane + stride];
        }
        workgroupBarrier();
    }
    probe_out[gid.x] = bits.w ^ u32(x) ^ sums[0];
}
