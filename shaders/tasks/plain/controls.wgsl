// Runs between network and task in a rollout: outputs become controls unchanged. Needs N_SLOTS, D_ACT.
var<storage, read> action_in: array<f32>;
var<storage, read_write> control_out: array<f32>;

@compute @workgroup_size(64)
fn controls(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = gid.x + gid.y * groups.x * 64u;
    if (i < N_SLOTS * D_ACT) {
        control_out[i] = action_in[i];
    }
}
