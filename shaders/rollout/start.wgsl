// Opens a rollout: every slot begins the life that the host assigns to it. One invocation per slot, 64 per workgroup.
#import rollout/run
#import rollout/slot
#import rollout/opening
#import rollout/ended
#import rollout/dispatch_args
var<storage, read> opening_in: array<u32>;
var<storage, read_write> live_out: array<u32>;
var<storage, read_write> fresh_out: array<u32>;

@compute @workgroup_size(64)
fn start(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = gid.x + gid.y * groups.x * 64u;
    if (slot >= run.n_slots) {
        return;
    }
    if (slot == 0u) {
        live_out[0] = run.n_slots;
        fresh_out[0] = run.n_slots;
        ended_inout.header = EndedHeader();
        ended_inout.header.living = run.n_slots;
        ended_inout.header.next_life = opening_in[0];
        write_dispatch_args(run.n_slots, run.n_slots);
    }
    live_out[1u + slot] = slot;
    fresh_out[1u + slot] = slot;
    give_slot(slot, opening_in[1u + slot], opening_home(slot));
}
