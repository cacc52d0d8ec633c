// Entry points of every network: one individual per workgroup of LANES lanes.
//
// The importing module provides begin_life(slot, local), which writes the state of a slot at the start of a life, and
// step_network(slot, local), which reads obs_in and writes action_out; is_done comes from networks/done_workgroup or
// networks/rsnn/exchange_subgroup.
#import rollout/run
#import rollout/episode
#import rollout/slots
var<storage, read_write> episode_inout: array<Episode>;

fn life_of(slot: u32) -> u32 {
    return episode_inout[slot].life;
}

@compute @workgroup_size(LANES)
fn network_reset(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = fresh(id.x + id.y * groups.x);
    if (slot != NO_SLOT) {
        begin_life(slot, local);
    }
}

@compute @workgroup_size(LANES)
fn network_step(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = living(id.x + id.y * groups.x);
    if (slot == NO_SLOT) {
        return;
    }
    if (is_done(slot, local)) {
        return;
    }
    step_network(slot, local);
}
