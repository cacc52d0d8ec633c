// Inputs and spikes are exchanged in registers: for a driver whose subgroup of 8 is the whole workgroup, at most 256
// neurons. Made for software drivers: without barriers they keep all private state in registers.
#import networks/rsnn_f32/neurons
#import networks/rsnn/exchange_subgroup

const OWN = 4u * OWN_QUADS;                  // neurons of a lane: bits of one word

var<private> lines: array<f32, LINES>;        // as this lane hears them
var<private> spikes: array<u32, WORDS>;      // of the last substep
var<private> fired: u32;                     // own ones of this substep

// Own quads follow each other, so that the bits of own neurons lie in one word.
fn quad(q: u32) -> u32 {
    return lane * OWN_QUADS + q;
}

fn own_line(i: u32) -> f32 {
    return lines[i];
}

fn remember() {
    for (var w = 0u; w < WORDS; w++) {
        spikes[w] = stored_spikes(w);
    }
    fired = 0u;
}

fn hear(slot: u32, life: u32) {
    for (var base = 0u; base < LINES; base += LANES) {
        var x = Seen();
        if (base + lane < LINES) {
            x = see_line(slot, life, base + lane);
        }
        hear_from(base, subgroupBroadcast(x, 0u));
        hear_from(base + 1u, subgroupBroadcast(x, 1u));
        hear_from(base + 2u, subgroupBroadcast(x, 2u));
        hear_from(base + 3u, subgroupBroadcast(x, 3u));
        hear_from(base + 4u, subgroupBroadcast(x, 4u));
        hear_from(base + 5u, subgroupBroadcast(x, 5u));
        hear_from(base + 6u, subgroupBroadcast(x, 6u));
        hear_from(base + 7u, subgroupBroadcast(x, 7u));
    }
}

fn hear_from(i: u32, x: Seen) {
    if (i < LINES) {
        lines[i] = heard(x, own_side());
    }
}

fn spikes_of(word: u32) -> u32 {
    return spikes[word];
}

fn fire(q: u32, bits: u32) {
    fired |= bits << (4u * q);
}

// Publishes the spikes of own neurons to all lanes.
fn publish() {
    for (var w = 0u; w < WORDS; w++) {
        spikes[w] = 0u;
    }
    let bits = fired << (lane * OWN % 32u);
    learn(0u, subgroupBroadcast(bits, 0u));
    learn(1u, subgroupBroadcast(bits, 1u));
    learn(2u, subgroupBroadcast(bits, 2u));
    learn(3u, subgroupBroadcast(bits, 3u));
    learn(4u, subgroupBroadcast(bits, 4u));
    learn(5u, subgroupBroadcast(bits, 5u));
    learn(6u, subgroupBroadcast(bits, 6u));
    learn(7u, subgroupBroadcast(bits, 7u));
    fired = 0u;
}

fn learn(l: u32, bits: u32) {
    spikes[l * OWN / 32u] |= bits;
}

// Computes the actions from the rates.
fn finish(slot: u32, count: u32) {
    for (var a = 0u; a < opaque(D_ACT); a++) {
        act_on_sum(slot, a, own_output(a));
    }
    conclude(slot, count);
}
