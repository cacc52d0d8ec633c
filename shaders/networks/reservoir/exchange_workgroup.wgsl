// Lanes exchange spikes in workgroup memory, with barriers: for any device.

// Two sets of words, used in turn: one is read while the other is cleared and written.
var<workgroup> told_spikes: array<atomic<u32>, 2u * WORDS>;
var<private> turn: u32;

fn telling() {
    turn = 1u - turn;
    for (var w = lane; w < WORDS; w += LANES) {
        atomicStore(&told_spikes[turn * WORDS + w], 0u);
    }
    workgroupBarrier();
}

fn tell(n: u32, fires: bool) {
    let neuron = neuron_of(n);
    if (fires) {
        atomicOr(&told_spikes[turn * WORDS + neuron / 32u], 1u << (neuron % 32u));
    }
}

fn told() {
    workgroupBarrier();
}

fn spikes_of(word: u32) -> u32 {
    return atomicLoad(&told_spikes[turn * WORDS + word]);
}
