// Runs between network and task in a rollout: maps outputs in [-1, 1] to controls. Needs N_SLOTS, NU, CTRL_MIDDLE,
// CTRL_REACH.
var<storage, read> action_in: array<f32>;
var<storage, read_write> control_out: array<f32>;

@compute @workgroup_size(64)
fn controls(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let index = gid.x + gid.y * groups.x * 64u;
    if (index < N_SLOTS * NU) {
        let motor = index % NU;
        control_out[index] = CTRL_MIDDLE[motor] + CTRL_REACH[motor] * action_in[index];
    }
}
