// Runs between network and task in a rollout: turns the larger of two outputs into a control, 0 left, 1 right. Needs
// N_SLOTS.
var<storage, read> action_in: array<f32>;
var<storage, read_write> control_out: array<f32>;

@compute @workgroup_size(64)
fn controls(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = gid.x + gid.y * groups.x * 64u;
    if (slot < N_SLOTS) {
        control_out[slot] = select(0.0, 1.0, action_in[slot * 2u + 1u] > action_in[slot * 2u]);
    }
}
