// Closes the ranks: keeps the slots of the live list that are not done, in order. One workgroup.
// Works in place: a slot only ever moves towards the front, and a chunk is read before it is written.
#import rollout/episode
#import rollout/dispatch_args
#buffer live_inout: array<u32>
#buffer dispatch_out: array<u32>
#buffer episode_in: array<Episode>

var<workgroup> sums: array<u32, COMPACT_WIDTH>;
var<workgroup> shared_count: u32;

@compute @workgroup_size(COMPACT_WIDTH)
fn compact(@builtin(local_invocation_index) lane: u32) {
    if (lane == 0u) {
        shared_count = live_inout[0];
    }
    let count = workgroupUniformLoad(&shared_count);
    var kept = 0u;
    for (var base = 0u; base < count; base += COMPACT_WIDTH) {
        var slot = 0u;
        var keep = 0u;
        if (base + lane < count) {
            slot = live_inout[1u + base + lane];
            keep = 1u - (episode_in[slot].status & DONE);
        }
        sums[lane] = keep;
        storageBarrier();
        workgroupBarrier();
        for (var stride = 1u; stride < COMPACT_WIDTH; stride *= 2u) {
            var before = 0u;
            if (lane >= stride) {
                before = sums[lane - stride];
            }
            workgroupBarrier();
            sums[lane] += before;
            workgroupBarrier();
        }
        if (keep == 1u) {
            live_inout[kept + sums[lane]] = slot;
        }
        kept += sums[COMPACT_WIDTH - 1u];
        workgroupBarrier();
    }
    if (lane == 0u) {
        live_inout[0] = kept;
        write_dispatch_args(kept);
    }
}
