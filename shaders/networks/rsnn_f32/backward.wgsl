// The backward pass of the spiking network by surrogate gradients: a workgroup per sequence, a lane per OWN_QUADS quads
// of neurons, substep by substep from the last to the first.
//
//     g_s = GAIN_RATE g_r + R_HIDDEN W g_i (g_i of the substep after) [- m g_v unless DETACH_RESET]
//     g_m = (1 - s) g_v + h(m - 1) g_s
//     g_i = DECAY_SYNAPSE g_i + GAIN_MEMBRANE g_m;  g_v = DECAY_MEMBRANE g_m;  g_r = DECAY_RATE g_r
//
// Only rows of W whose neuron has h != 0 are read. Sums of gradients are left to networks/rsnn_f32/outer and trains: on
// the tape, g_i takes the place of the membranes, and what reaches the inputs (the sum of g_m) that of the first
// spikes. The spikes that a step hears are noted as trains, a bit per substep.
//
// Needs UNITS, LANES, SUBSTEPS, LINES, D_ACT, ROW_READ_OUT, DETACH_RESET, HEAD, the factors DECAY_*, GAIN_*, R_*,
// and the constants of algorithms/ppo/batch and layout_by_sequence. A file of surrogates gives h, back_workgroup or
// back_subgroup the products with rows.
#import structs/PpoFrame
#import structs/ppo_flags
#import algorithms/ppo/batch
#import algorithms/ppo/opaque
#import algorithms/ppo/layout_by_sequence
#import algorithms/ppo/theta_words
#import networks/rsnn_f32/layout_trains
#import networks/rsnn_f32/surrogates/piecewise_linear
#import networks/rsnn_f32/back_workgroup
var<storage, read> ppo_frame_in: array<PpoFrame>;
var<storage, read_write> ppo_tape_inout: array<vec4<f32>>;
var<storage, read> ppo_head_in: array<f32>;
var<storage, read_write> ppo_trains_out: array<vec4<u32>>;

const QUADS = UNITS / 4u;
const WORDS = UNITS / 32u;
const OWN_QUADS = QUADS / LANES;
const FADED = 1e-20;                         // far below any gradient, far enough above the denormals

var<private> lane: u32;
var<private> b: u32;
var<private> sequence: vec2<u32>;
var<private> membrane: array<vec4<f32>, OWN_QUADS>; // of this substep
var<private> g_v: array<vec4<f32>, OWN_QUADS>;
var<private> g_i: array<vec4<f32>, OWN_QUADS>;
var<private> g_r: array<vec4<f32>, OWN_QUADS>;
var<private> g_d: array<vec4<f32>, OWN_QUADS>;
var<private> slope: array<vec4<f32>, OWN_QUADS>;
var<private> back: array<vec4<f32>, OWN_QUADS>;     // W g_i where it is needed
var<private> train: array<vec4<u32>, OWN_QUADS>;    // the last 32 substeps at most

fn on_tape(t: u32, vector: u32, q: u32) -> u32 {
    return tape_at(t, vector, quad(q), b);
}

fn begins(t: u32) -> bool {
    return t > 0u && (ppo_frame_in[row_of(sequence, t)].flags & BEGAN) != 0u;
}

fn bits_of(mask: vec4<bool>) -> u32 {
    return dot(select(vec4<u32>(), vec4<u32>(1u, 2u, 4u, 8u), mask), vec4<u32>(1u));
}

fn load_membranes(t: u32, substep: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        membrane[q] = ppo_tape_inout[on_tape(t, 1u + substep, q)];
    }
}

fn find_slopes() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        slope[q] = surrogate(membrane[q] - 1.0);
    }
}

// Goes one substep back, and leaves g_i on the tape.
fn go_back(t: u32, substep: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        let m = membrane[q];
        var g_s = GAIN_RATE * g_r[q] + R_HIDDEN * back[q];
        if (DETACH_RESET == 0u) {
            g_s -= m * g_v[q];
        }
        let g_m = select(g_v[q], vec4<f32>(), m > vec4<f32>(1.0)) + slope[q] * g_s;
        g_i[q] = DECAY_SYNAPSE * g_i[q] + GAIN_MEMBRANE * g_m;
        g_d[q] += GAIN_MEMBRANE * g_m;
        g_v[q] = DECAY_MEMBRANE * g_m;
        g_r[q] = DECAY_RATE * g_r[q];
        ppo_tape_inout[on_tape(t, 1u + substep, q)] = g_i[q];
    }
}

// Notes which own neurons fired in the substep before, where the membranes of that one are loaded.
fn note_spikes() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        train[q] = (train[q] << vec4<u32>(1u)) | select(vec4<u32>(), vec4<u32>(1u), membrane[q] > vec4<f32>(1.0));
    }
}

// Loads the spikes that step t hears at first, in the form of membranes.
fn load_first_spikes(t: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        let at = select(on_tape(t - 1u, SUBSTEPS, q), on_tape(0u, 1u + SUBSTEPS, q), t == 0u);
        // the first spikes of a sequence are numbers 0 and 1
        let seen = select(1.0, 2.0, t == 0u) * ppo_tape_inout[at];
        membrane[q] = select(seen, vec4<f32>(), begins(t));
    }
}

fn put_train(t: u32, word: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        ppo_trains_out[train_at(t, word, quad(q), b)] = train[q];
        train[q] = vec4<u32>();
    }
}

// What has faded ends at 0: arithmetic on denormal numbers is many times slower on CPUs.
fn settle(x: vec4<f32>) -> vec4<f32> {
    return select(x, vec4<f32>(), abs(x) < vec4<f32>(FADED));
}

// Takes the adjoints of the read-out after step t.
fn read_out(t: u32) {
    let at = head_at(t * SEQUENCES + b);
    for (var q = 0u; q < OWN_QUADS; q++) {
        for (var a = 0u; a < opaque(D_ACT); a++) {
            g_r[q] += R_OUT * ppo_head_in[at + a] * theta_in[(ROW_READ_OUT + a) * QUADS + quad(q)];
        }
        g_d[q] = vec4<f32>();
    }
}

// Ends step t: what reaches the inputs goes to the tape, and nothing reaches an episode before.
fn end_step(t: u32) {
    let cut = begins(t);
    for (var q = 0u; q < OWN_QUADS; q++) {
        ppo_tape_inout[on_tape(t, 1u + SUBSTEPS, q)] = g_d[q];
        g_v[q] = select(settle(g_v[q]), vec4<f32>(), cut);
        g_i[q] = select(settle(g_i[q]), vec4<f32>(), cut);
        g_r[q] = select(settle(g_r[q]), vec4<f32>(), cut);
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
    begin_exchange();
    for (var left = opaque(BPTT); left > 0u; left--) {
        let t = left - 1u;
        read_out(t);
        load_membranes(t, SUBSTEPS - 1u);
        for (var k = opaque(SUBSTEPS); k > 0u; k--) {
            let substep = k - 1u;
            find_slopes();
            send_back();
            go_back(t, substep);
            if (substep > 0u) {
                load_membranes(t, substep - 1u);
            } else {
                load_first_spikes(t);
            }
            note_spikes();
            if (substep % 32u == 0u) {
                put_train(t, substep / 32u);
            }
        }
        end_step(t);
    }
}
