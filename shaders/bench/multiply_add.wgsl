// The machine's peak of f32 arithmetic: eight independent chains of multiply-adds per invocation. Needs
// BENCH_WORKGROUP, ROUNDS.
var<storage, read_write> bench_inout: array<vec4<f32>>;

@compute @workgroup_size(BENCH_WORKGROUP)
fn multiply_add(@builtin(global_invocation_id) gid: vec3<u32>) {
    let start = bench_inout[gid.x];
    let factor = 0.5 * start;
    let term = vec4<f32>(1.0) + start;
    var a = start;
    var b = start + term;
    for (var round = 0u; round < ROUNDS; round++) {
        a = a * factor + term;
        b = b * factor + term;
        a = a * factor + term;
        b = b * factor + term;
        a = a * factor + term;
        b = b * factor + term;
        a = a * factor + term;
        b = b * factor + term;
    }
    bench_inout[gid.x] = select(start, a + b, a.x > 1e30);
}
