// The machine's peak memory traffic: reads and writes every vector of a buffer once. A workgroup works on a tile of
// TILE vectors per lane, lanes side by side. Needs BENCH_WORKGROUP, TILE.
var<storage, read_write> bench_inout: array<vec4<f32>>;

@compute @workgroup_size(BENCH_WORKGROUP)
fn stream(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let tile = id.x * BENCH_WORKGROUP * TILE + lane;
    for (var k = 0u; k < TILE; k++) {
        let at = tile + k * BENCH_WORKGROUP;
        bench_inout[at] = bench_inout[at] * 0.5;
    }
}
