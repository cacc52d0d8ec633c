// What spiking neurons tell each other in workgroup memory: spikes by neuron, and the ends of a step.
#import networks/gather

var<private> side: u32;                      // of `spikes`: where those of the last substep are

// Three sides, taken in turn: one is read, the next is written, the last is cleared for the substep after.
var<workgroup> spikes: array<atomic<u32>, 3u * WORDS>;
var<workgroup> counts: array<u32, LANES>;
var<workgroup> shared_status: u32;

fn is_done(slot: u32, local: u32) -> bool {
    if (local == 0u) {
        shared_status = episode_inout[slot].status;
    }
    for (var i = local; i < 3u * WORDS; i += LANES) {
        atomicStore(&spikes[i], 0u);
    }
    return (workgroupUniformLoad(&shared_status) & DONE) != 0u;
}

fn next(side: u32) -> u32 {
    return select(side + WORDS, 0u, side == 2u * WORDS);
}

// The actions and the number of spikes, of which this lane had `count`.
fn conclude(slot: u32, count: u32) {
    counts[lane] = count;
    act_on_sums(slot);
    if (lane == 0u) {
        var sum = 0u;
        for (var l = 0u; l < LANES; l++) {
            sum += counts[l];
        }
        episode_inout[slot].spikes += sum;
    }
}
