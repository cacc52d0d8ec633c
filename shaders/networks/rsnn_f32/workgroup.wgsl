// Inputs and spikes are exchanged in workgroup memory, with one barrier per substep: for any device.
#import networks/rsnn_f32/neurons
#import networks/rsnn/exchange_workgroup

var<workgroup> lines: array<Seen, LINES>;

fn quad(q: u32) -> u32 {
    return spread_quad(q);
}

fn own_line(i: u32) -> f32 {
    return heard(lines[i], own_side());
}

fn remember() {
    for (var w = lane; w < WORDS; w += LANES) {
        atomicStore(&spikes[w], stored_spikes(w));
    }
}

fn hear(slot: u32, life: u32) {
    for (var i = lane; i < LINES; i += LANES) {
        lines[i] = see_line(slot, life, i);
    }
    workgroupBarrier();
}

fn spikes_of(word: u32) -> u32 {
    return atomicLoad(&spikes[side + word]);
}

fn fire(q: u32, bits: u32) {
    if (bits != 0u) {
        atomicOr(&spikes[next(side) + quad(q) / 8u], bits << (4u * (quad(q) % 8u)));
    }
}

fn publish() {
    side = next(side);
    for (var w = lane; w < WORDS; w += LANES) {
        atomicStore(&spikes[next(side) + w], 0u);
    }
    workgroupBarrier();
}

// Computes the actions from the rates.
fn finish(slot: u32, count: u32) {
    for (var a = 0u; a < opaque(D_ACT); a++) {
        give(a, own_output(a));
    }
    conclude(slot, count);
}
