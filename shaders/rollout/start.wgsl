// Opens a slab: every slot lives, every record is zero. One invocation, 64 a workgroup, a slot.
// Needs NETWORK_GROUP (individuals a workgroup), TASK_WORKGROUP.
#import rollout/run
#import rollout/episode
#import rollout/dispatch_args
#buffer live_out: array<u32>
#buffer dispatch_out: array<u32>
#buffer episode_out: array<Episode>
#buffer terms_out: array<f32>

@compute @workgroup_size(64)
fn start(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = gid.x + gid.y * groups.x * 64u;
    if (slot >= run.n_slots) {
        return;
    }
    if (slot == 0u) {
        live_out[0] = run.n_slots;
        write_dispatch_args(run.n_slots);
    }
    live_out[1u + slot] = slot;
    episode_out[slot] = Episode();
    for (var term = 0u; term < N_TERMS; term++) {
        terms_out[term * N_SLOTS + slot] = 0.0;
    }
}
