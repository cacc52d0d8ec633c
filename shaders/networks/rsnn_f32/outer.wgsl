// Adds up the sequences' shares of the gradient, in order. One invocation per four parameters.
//
// Needs SEQUENCES, PARAMETER_QUADS.
var<storage, read> ppo_partial_in: array<vec4<f32>>;
var<storage, read_write> ppo_gradient_out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn outer(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let quad = gid.x + gid.y * groups.x * 64u;
    if (quad >= PARAMETER_QUADS) {
        return;
    }
    var sum = vec4<f32>();
    for (var b = 0u; b < SEQUENCES; b++) {
        sum += ppo_partial_in[b * PARAMETER_QUADS + quad];
    }
    ppo_gradient_out[quad] = sum;
}
