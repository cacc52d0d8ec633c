// Lanes tell each other of spikes in workgroup memory, with barriers: for any device, at least 32 lanes.
#import algorithms/forward_sensitivity/iterate

const ROOM = OWN;

fn own() -> u32 {
    return OWN;
}

// Two sets of words in turn: one is read while the other is cleared and written.
var<workgroup> told_spikes: array<atomic<u32>, 2u * WORDS>;
var<workgroup> partial: array<f32, LANES>;
var<private> turn: u32;

fn word_of(n: u32) -> u32 {
    return n * (LANES / 32u) + lane / 32u;
}

fn tell(n: u32, fires: bool) {
    if (n == 0u) {
        turn = 1u - turn;
        for (var w = lane; w < WORDS; w += LANES) {
            atomicStore(&told_spikes[turn * WORDS + w], 0u);
        }
        workgroupBarrier();
    }
    if (fires) {
        atomicOr(&told_spikes[turn * WORDS + word_of(n)], 1u << (lane % 32u));
    }
}

fn told() {
    workgroupBarrier();
}

fn spikes_of(word: u32) -> u32 {
    return atomicLoad(&told_spikes[turn * WORDS + word]);
}

// Whether own neuron n fired in this tick.
fn fired_before(n: u32) -> bool {
    return ((spikes_of(word_of(n)) >> (lane % 32u)) & 1u) != 0u;
}

// In the order of lanes.
fn sum_of_lanes(x: f32) -> f32 {
    partial[lane] = x;
    workgroupBarrier();
    var sum = 0.0;
    for (var l = 0u; l < LANES; l++) {
        sum += partial[l];
    }
    workgroupBarrier();
    return sum;
}

fn settled() {
    storageBarrier();
    workgroupBarrier();
}
