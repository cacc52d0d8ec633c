// Products with rows in the backward pass, exchanged in registers, in place of back_workgroup.wgsl: for a driver whose
// subgroup of 8 is the whole workgroup, at most 256 neurons.
const OWN = 4u * OWN_QUADS;                  // neurons of a lane: bits of one word

var<private> steep: array<u32, WORDS>;       // neurons with h != 0

// Own quads follow each other, so that the bits of own neurons lie in one word.
fn quad(q: u32) -> u32 {
    return lane * OWN_QUADS + q;
}

fn begin_exchange() {
}

fn learn(l: u32, bits: u32) {
    steep[l * OWN / 32u] |= bits;
}

// Tells all lanes which neurons are steep.
fn exchange() {
    var bits = 0u;
    for (var q = 0u; q < OWN_QUADS; q++) {
        bits |= bits_of(slope[q] != vec4<f32>()) << (4u * q);
        back[q] = vec4<f32>();
    }
    for (var w = 0u; w < WORDS; w++) {
        steep[w] = 0u;
    }
    bits <<= lane * OWN % 32u;
    learn(0u, subgroupBroadcast(bits, 0u));
    learn(1u, subgroupBroadcast(bits, 1u));
    learn(2u, subgroupBroadcast(bits, 2u));
    learn(3u, subgroupBroadcast(bits, 3u));
    learn(4u, subgroupBroadcast(bits, 4u));
    learn(5u, subgroupBroadcast(bits, 5u));
    learn(6u, subgroupBroadcast(bits, 6u));
    learn(7u, subgroupBroadcast(bits, 7u));
}

// Leaves in `back` what steep neurons get from the substep after.
fn send_back() {
    exchange();
    for (var w = 0u; w < opaque(WORDS); w++) {
        var pending = steep[w];
        while (pending != 0u) {
            let neuron = 32u * w + firstTrailingBit(pending);
            pending &= pending - 1u;
            let row = (LINES + neuron) * QUADS;
            var parts = vec4<f32>();
            for (var q = 0u; q < OWN_QUADS; q++) {
                parts += theta_in[row + quad(q)] * g_i[q];
            }
            let sum = subgroupAdd(dot(parts, vec4<f32>(1.0)));
            let own = vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(neuron % 4u);
            for (var q = 0u; q < OWN_QUADS; q++) {
                back[q] = select(back[q], vec4<f32>(sum), own & vec4<bool>(quad(q) == neuron / 4u));
            }
        }
    }
}
