// The values of all observations of an iteration, the last ones included. One invocation per row.
//
// Needs ENVIRONMENTS, HORIZON, and the constants of value.wgsl.
#import algorithms/ppo/value
var<storage, read_write> ppo_value_out: array<f32>;

@compute @workgroup_size(64)
fn values(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = gid.x + gid.y * groups.x * 64u;
    if (row < (HORIZON + 1u) * ENVIRONMENTS) {
        ppo_value_out[row] = value_of(row);
    }
}
