// Exchange between the lanes of spiking networks in workgroup memory: spikes by neuron, and beginning and end of a
// step.
#import networks/gather
#import networks/done_workgroup

var<private> side: u32;                      // of `spikes`: where those of the last substep are

// Three sides, used in turn: one is read, the next is written, the last is cleared for the substep after.
var<workgroup> spikes: array<atomic<u32>, 3u * WORDS>;
var<workgroup> counts: array<u32, LANES>;

fn clear_shared(local: u32) {
    for (var i = local; i < 3u * WORDS; i += LANES) {
        atomicStore(&spikes[i], 0u);
    }
}

fn next(side: u32) -> u32 {
    return select(side + WORDS, 0u, side == 2u * WORDS);
}

// Computes the actions, and adds the spikes of the step, of which this lane had `count`, to the episode.
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
