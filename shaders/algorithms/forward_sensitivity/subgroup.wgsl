// Lanes exchange spikes by ballots: for a driver whose subgroup of 8 is the whole workgroup.
#import algorithms/forward_sensitivity/iterate

// Software drivers unroll loops of known length and compile every copy, and replace indexing of small arrays by
// ladders of conditions. Hence the opaque length, and arrays of at least 64 entries.
const ROOM = max(OWN, 64u);

fn own() -> u32 {
    return opaque(OWN);
}

var<private> told_spikes: array<u32, WORDS>;

fn telling() {}

fn tell(n: u32, fires: bool) {
    let bits = subgroupBallot(fires).x;
    let word = n / 4u;
    told_spikes[word] = select(told_spikes[word], 0u, n % 4u == 0u) | (bits << (8u * (n % 4u)));
}

fn told() {}

fn spikes_of(word: u32) -> u32 {
    return told_spikes[word];
}

// Returns whether own neuron n fired in this tick.
fn fired_before(n: u32) -> bool {
    return ((told_spikes[n / 4u] >> (8u * (n % 4u) + lane)) & 1u) != 0u;
}

fn sum_of_lanes(x: f32) -> f32 {
    return subgroupAdd(x);
}

// Lanes run in lockstep, so that all of them see what one has stored.
fn settled() {}
