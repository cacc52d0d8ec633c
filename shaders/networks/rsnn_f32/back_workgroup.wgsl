// Products with rows in the backward pass, exchanged in workgroup memory: for any device.
//
// Bits of neurons with h != 0, two halves in turn: one is in use while the other is cleared.
var<workgroup> steep: array<atomic<u32>, 2u * WORDS>;
var<workgroup> parts: array<f32, UNITS * LANES>;        // lanes' parts of W g_i, by neuron

var<private> half: u32;                       // the half in use

fn quad(q: u32) -> u32 {
    return lane + LANES * q;
}

fn begin_exchange() {
    for (var w = lane; w < opaque(2u * WORDS); w += LANES) {
        atomicStore(&steep[w], 0u);
    }
    half = 0u;
    workgroupBarrier();
}

// Gives this lane's parts of W g_i for all steep neurons.
fn multiply_rows() {
    for (var w = 0u; w < opaque(WORDS); w++) {
        var pending = atomicLoad(&steep[half * WORDS + w]);
        while (pending != 0u) {
            let neuron = 32u * w + firstTrailingBit(pending);
            pending &= pending - 1u;
            let row = (LINES + neuron) * QUADS;
            var sum = 0.0;
            for (var q = 0u; q < OWN_QUADS; q++) {
                sum += dot(theta_in[row + quad(q)], g_i[q]);
            }
            parts[neuron * LANES + lane] = sum;
        }
    }
}

// Returns W g_i of an own neuron, lanes' parts in their order; 0 where it is not needed.
fn through(neuron: u32, is_active: bool) -> f32 {
    if (!is_active) {
        return 0.0;
    }
    var sum = 0.0;
    for (var l = 0u; l < opaque(LANES); l++) {
        sum += parts[neuron * LANES + l];
    }
    return sum;
}

// Leaves in `back` what steep neurons get from the substep after.
fn send_back() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        let bits = bits_of(slope[q] != vec4<f32>()) << (4u * (quad(q) % 8u));
        if (bits != 0u) {
            atomicOr(&steep[half * WORDS + quad(q) / 8u], bits);
        }
    }
    workgroupBarrier();
    multiply_rows();
    for (var w = lane; w < opaque(WORDS); w += LANES) {
        atomicStore(&steep[(1u - half) * WORDS + w], 0u);
    }
    workgroupBarrier();
    for (var q = 0u; q < OWN_QUADS; q++) {
        let first = 4u * quad(q);
        let wanted = slope[q] != vec4<f32>();
        back[q] = vec4<f32>(
            through(first, wanted.x), through(first + 1u, wanted.y),
            through(first + 2u, wanted.z), through(first + 3u, wanted.w),
        );
    }
    half = 1u - half;
}
