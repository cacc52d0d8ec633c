// The backward pass of the spiking network by surrogate gradients: a workgroup per sequence, a lane per OWN_QUADS quads
// of neurons, substep by substep from the last to the first.
//
//     g_s = GAIN_RATE g_r + R_HIDDEN W g_i (g_i of the substep after) [- m g_v unless DETACH_RESET]
//     g_m = (1 - s) g_v + h(m - 1) g_s
//     g_i = DECAY_SYNAPSE g_i + GAIN_MEMBRANE g_m;  g_v = DECAY_MEMBRANE g_m;  g_r = DECAY_RATE g_r
//
// Only rows of W whose neuron has h != 0 are read. The gradient of a row collects g_i of every substep after its neuron
// fired. Each sequence has a share of the gradient of its own, which networks/rsnn_f32/outer adds up.
//
// Needs UNITS, LANES, SUBSTEPS, D_OBS, D_ACT, ROW_READ_OUT, DETACH_RESET, HEAD, the factors DECAY_*, GAIN_*, R_*,
// and the constants of algorithms/ppo/batch and layout_by_sequence. A file of surrogates gives h.
#import structs/PpoFrame
#import structs/ppo_flags
#import algorithms/ppo/batch
#import algorithms/ppo/opaque
#import algorithms/ppo/layout_by_sequence
#import algorithms/ppo/theta_words
#import networks/rsnn_f32/surrogates/piecewise_linear
var<storage, read> ppo_obs_in: array<f32>;
var<storage, read> ppo_frame_in: array<PpoFrame>;
var<storage, read> ppo_tape_in: array<vec4<f32>>;
var<storage, read> ppo_head_in: array<f32>;
var<storage, read_write> ppo_partial_inout: array<vec4<f32>>;

const QUADS = UNITS / 4u;
const WORDS = UNITS / 32u;
const OWN_QUADS = QUADS / LANES;
const ROWS = ROW_READ_OUT + D_ACT;
const FADED = 1e-20;                         // far below any gradient, far enough above the denormals

// Bits of neurons, two halves in turn: one is in use while the other is cleared.
var<workgroup> steep: array<atomic<u32>, 2u * WORDS>;  // those with h != 0
var<workgroup> fired: array<atomic<u32>, 2u * WORDS>;   // those that fired in the substep before
var<workgroup> parts: array<f32, UNITS * LANES>;        // lanes' parts of W g_i, by neuron

var<private> lane: u32;
var<private> b: u32;
var<private> sequence: vec2<u32>;
var<private> half: u32;                       // the half in use
var<private> g_v: array<vec4<f32>, OWN_QUADS>;
var<private> g_i: array<vec4<f32>, OWN_QUADS>;
var<private> g_r: array<vec4<f32>, OWN_QUADS>;
var<private> g_d: array<vec4<f32>, OWN_QUADS>;
var<private> slope: array<vec4<f32>, OWN_QUADS>;

fn quad(q: u32) -> u32 {
    return lane + LANES * q;
}

fn membrane(t: u32, substep: u32, q: u32) -> vec4<f32> {
    return ppo_tape_in[tape_at(t, 1u + substep, quad(q), b)];
}

fn begins(t: u32) -> bool {
    return t > 0u && (ppo_frame_in[row_of(sequence, t)].flags & BEGAN) != 0u;
}

fn bits_of(mask: vec4<bool>) -> u32 {
    return dot(select(vec4<u32>(), vec4<u32>(1u, 2u, 4u, 8u), mask), vec4<u32>(1u));
}

// Returns four bits: those of own quad q that fired in the substep before this one.
fn fired_before(t: u32, substep: u32, q: u32) -> u32 {
    if (substep > 0u) {
        return bits_of(membrane(t, substep - 1u, q) > vec4<f32>(1.0));
    }
    if (begins(t)) {
        return 0u;
    }
    if (t > 0u) {
        return bits_of(membrane(t - 1u, SUBSTEPS - 1u, q) > vec4<f32>(1.0));
    }
    return bits_of(ppo_tape_in[tape_at(0u, 1u + SUBSTEPS, quad(q), b)] > vec4<f32>(0.5));
}

fn set_bits(t: u32, substep: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        slope[q] = surrogate(membrane(t, substep, q) - 1.0);
        let shift = 4u * (quad(q) % 8u);
        let word = half * WORDS + quad(q) / 8u;
        atomicOr(&steep[word], bits_of(slope[q] != vec4<f32>()) << shift);
        atomicOr(&fired[word], fired_before(t, substep, q) << shift);
    }
}

fn clear_other_half() {
    for (var w = lane; w < opaque(WORDS); w += LANES) {
        atomicStore(&steep[(1u - half) * WORDS + w], 0u);
        atomicStore(&fired[(1u - half) * WORDS + w], 0u);
    }
}

// Gives this lane's parts of W g_i for all steep neurons.
fn multiply_rows() {
    for (var w = 0u; w < opaque(WORDS); w++) {
        var pending = atomicLoad(&steep[half * WORDS + w]);
        while (pending != 0u) {
            let neuron = 32u * w + firstTrailingBit(pending);
            pending &= pending - 1u;
            let row = (D_OBS + neuron) * QUADS;
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

fn go_back(t: u32, substep: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        let m = membrane(t, substep, q);
        let first = 4u * quad(q);
        let wanted = slope[q] != vec4<f32>();
        let back = vec4<f32>(
            through(first, wanted.x), through(first + 1u, wanted.y), through(first + 2u, wanted.z), through(first + 3u, wanted.w),
        );
        var g_s = GAIN_RATE * g_r[q] + R_HIDDEN * back;
        if (DETACH_RESET == 0u) {
            g_s -= m * g_v[q];
        }
        let g_m = select(g_v[q], vec4<f32>(), m > vec4<f32>(1.0)) + slope[q] * g_s;
        g_i[q] = DECAY_SYNAPSE * g_i[q] + GAIN_MEMBRANE * g_m;
        g_d[q] += GAIN_MEMBRANE * g_m;
        g_v[q] = DECAY_MEMBRANE * g_m;
        g_r[q] = DECAY_RATE * g_r[q];
    }
}

fn add_to_row(row: u32, q: u32, value: vec4<f32>) {
    ppo_partial_inout[(b * ROWS + row) * QUADS + quad(q)] += value;
}

// Adds own columns of the gradients of all rows whose neuron fired in the substep before.
fn collect_rows() {
    for (var w = 0u; w < opaque(WORDS); w++) {
        var pending = atomicLoad(&fired[half * WORDS + w]);
        while (pending != 0u) {
            let row = D_OBS + 32u * w + firstTrailingBit(pending);
            pending &= pending - 1u;
            for (var q = 0u; q < OWN_QUADS; q++) {
                add_to_row(row, q, R_HIDDEN * g_i[q]);
            }
        }
    }
}

// What has faded ends at 0: arithmetic on denormal numbers is many times slower on CPUs.
fn settle(x: vec4<f32>) -> vec4<f32> {
    return select(x, vec4<f32>(), abs(x) < vec4<f32>(FADED));
}

// Takes the adjoints of the read-out after step t.
fn read_out(t: u32) {
    let at = (t * SEQUENCES + b) * HEAD;
    for (var q = 0u; q < OWN_QUADS; q++) {
        let rates = ppo_tape_in[tape_at(t, 0u, quad(q), b)];
        for (var a = 0u; a < opaque(D_ACT); a++) {
            let g_y = R_OUT * ppo_head_in[at + a];
            g_r[q] += g_y * theta_in[(ROW_READ_OUT + a) * QUADS + quad(q)];
            add_to_row(ROW_READ_OUT + a, q, g_y * rates);
        }
        g_d[q] = vec4<f32>();
    }
}

fn take_inputs(t: u32) {
    let at = row_of(sequence, t) * D_OBS;
    for (var i = 0u; i < opaque(D_OBS); i++) {
        for (var q = 0u; q < OWN_QUADS; q++) {
            add_to_row(i, q, R_IN * ppo_obs_in[at + i] * g_d[q]);
        }
    }
}

fn cut() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        g_v[q] = vec4<f32>();
        g_i[q] = vec4<f32>();
        g_r[q] = vec4<f32>();
    }
}

@compute @workgroup_size(LANES)
fn backward(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    b = id.x + id.y * groups.x;
    lane = local;
    sequence = sequence_of(b, ppo_learning_in.update);
    for (var row = 0u; row < opaque(ROWS); row++) {
        for (var q = 0u; q < OWN_QUADS; q++) {
            ppo_partial_inout[(b * ROWS + row) * QUADS + quad(q)] = vec4<f32>();
        }
    }
    half = 1u;
    clear_other_half();
    half = 0u;
    clear_other_half();
    workgroupBarrier();
    for (var left = opaque(BPTT); left > 0u; left--) {
        let t = left - 1u;
        read_out(t);
        for (var k = opaque(SUBSTEPS); k > 0u; k--) {
            set_bits(t, k - 1u);
            workgroupBarrier();
            multiply_rows();
            clear_other_half();
            workgroupBarrier();
            go_back(t, k - 1u);
            collect_rows();
            half = 1u - half;
        }
        take_inputs(t);
        if (begins(t)) {
            cut();
        }
        for (var q = 0u; q < OWN_QUADS; q++) {
            g_v[q] = settle(g_v[q]);
            g_i[q] = settle(g_i[q]);
            g_r[q] = settle(g_r[q]);
        }
    }
}
