// Lanes exchange spikes in workgroup memory, with barriers: for any device, with at least 32 lanes.
#import algorithms/forward_sensitivity/iterate
#import networks/reservoir/exchange_workgroup

const ROOM = OWN;

fn own() -> u32 {
    return OWN;
}

var<workgroup> partial: array<f32, LANES>;

// Returns whether own neuron n fired in this tick.
fn fired_before(n: u32) -> bool {
    return ((spikes_of(neuron_of(n) / 32u) >> (lane % 32u)) & 1u) != 0u;
}

// Adds in the order of lanes.
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
