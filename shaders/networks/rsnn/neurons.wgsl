// The recurrent spiking network with 1-bit connections, one individual per workgroup: a lane's work on its own
// neurons. The root module, workgroup.wgsl or subgroup.wgsl, defines how lanes exchange and count spikes.
//
// A row of theta holds the connections of one presynaptic line or neuron to the neurons of a side, ROW_WORDS words; a
// network without hemispheres has one side. SPLIT lanes share a word of every row: a lane owns neurons OWN lane .. OWN
// lane + OWN - 1, all of them bits of one word. Event-driven: only the rows of neurons that fired are added. An
// inhibitory row is added complemented, and the number of inhibitory spikes is subtracted at the end, so that a count
// stays within 0..N.
//
// Constants: N, N_EXC (of a side: its first neurons excite), D_OBS, D_ACT, BIAS_ROWS (0 or 1), SUBSTEPS, SPLIT,
// N_WORDS (of an individual), N_STATE (words of a slot, a multiple of 4), FIELD_BITS and FIELD_MASK, NORMALISER_CLIP,
// ACTION_BOUND, and the factors DECAY_*, GAIN_* and R_*. The root module provides is_done, project, publish, spike_word, receive,
// count_of and read_out.
#import networks/rsnn/start
#import networks/sides/whole
#import networks/entry
#import rollout/theta
#import rollout/normaliser
var<storage, read> theta_in: array<u32>;
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;
var<storage, read_write> network_state_inout: array<vec4<u32>>;

const WORDS = N / 32u;                       // of a bit a neuron
const LANES = WORDS * SPLIT;
const OWN = 32u / SPLIT;                     // neurons of a lane
const N_SIDE = N / SIDES;
const SIDE_LANES = LANES / SIDES;
const ROW_WORDS = WORDS / SIDES;

const OWN_MASK = select((1u << (OWN & 31u)) - 1u, 0xffffffffu, OWN == 32u);
const SILENT = 1e-20;                        // far below one spike, far enough above the denormals for a step's decay

const ROW_HIDDEN = 2u * D_OBS + BIAS_ROWS;
const ROW_OUTPUT = ROW_HIDDEN + N;           // whatever the sides: rows across follow those within one

// Layout of a slot in network_state, in quads: v, i_syn and rate by neuron, then one bit per neuron, set if it fired
// in the last substep.
const AT_SYNAPSE = N / 4u;
const AT_RATE = 2u * N / 4u;
const AT_SPIKES = 3u * N / 4u;

var<private> lane: u32;
var<private> word: u32;                      // of a bit a neuron: where this lane's bits are
var<private> bit: u32;                       // the first of them
var<private> theta: u32;                     // where this lane's word of the individual's first row is
var<private> state: u32;                     // where the individual's state begins
var<private> v: array<f32, OWN>;
var<private> i_syn: array<f32, OWN>;
var<private> i_in: array<f32, OWN>;
var<private> rate: array<f32, OWN>;

fn enter(slot: u32, local: u32) {
    lane = local;
    word = local / SPLIT;
    bit = (local % SPLIT) * OWN;
    theta = place_of(slot) * N_WORDS + word % ROW_WORDS;
    state = slot * N_STATE / 4u;
}

// Returns this lane's part of row `row`, from bit 0.
fn own_bits(row: u32) -> u32 {
    return theta_in[theta + row * ROW_WORDS] >> bit;
}

fn has(bits: u32, b: u32) -> bool {
    return (bits & (1u << b)) != 0u;
}

fn silence_inputs() {
    for (var b = 0u; b < OWN; b++) {
        i_in[b] = 0.0;
    }
}

// Adds the external drive of line x and its negation, which all substeps share. A neuron that both reach gets nothing
// from them.
fn drive(j: u32, x: f32) {
    let plus = own_bits(j);
    let minus = own_bits(D_OBS + j);
    let up = plus & ~minus;
    let down = minus & ~plus;
    for (var b = 0u; b < OWN; b++) {
        i_in[b] += select(0.0, x, has(up, b)) - select(0.0, x, has(down, b));
    }
}

fn scale_inputs() {
    if (BIAS_ROWS == 1u) {
        let bias = own_bits(2u * D_OBS);
        for (var b = 0u; b < OWN; b++) {
            i_in[b] += select(0.0, 1.0, has(bias, b));
        }
    }
    for (var b = 0u; b < OWN; b++) {
        i_in[b] *= R_IN;
    }
}

// Returns the synaptic sum of own neuron b, an exact integer.
fn synaptic_sum(b: u32, inhibitory: u32) -> i32 {
    return i32(count_of(b)) - i32(inhibitory);
}

fn is_excitatory(b: u32) -> bool {
    return on_side(lane * OWN + b) < N_EXC;
}

// Advances own neurons by one substep once their connections are counted; returns a bit for each that fires. The loops
// are short because drivers unroll them, so that the arrays become registers; they would not unroll one long loop.
fn integrate(inhibitory: u32) -> u32 {
    for (var b = 0u; b < OWN; b++) {
        i_syn[b] = DECAY_SYNAPSE * i_syn[b] + R_HIDDEN * f32(synaptic_sum(b, inhibitory));
    }
    var fired = 0u;
    for (var b = 0u; b < OWN; b++) {
        let membrane = DECAY_MEMBRANE * v[b] + GAIN_MEMBRANE * (i_syn[b] + i_in[b]);
        let fires = membrane > 1.0;
        v[b] = select(membrane, 0.0, fires);
        fired |= select(0u, 1u << b, fires);
    }
    for (var b = 0u; b < OWN; b++) {
        let spike = select(-GAIN_RATE, GAIN_RATE, is_excitatory(b));
        rate[b] = DECAY_RATE * rate[b] + select(0.0, spike, has(fired, b));
    }
    return fired;
}

// Reads the state and makes the spikes of the last substep known to all lanes.
fn load() {
    for (var q = 0u; q < OWN / 4u; q++) {
        let at = state + lane * OWN / 4u + q;
        let membrane = bitcast<vec4<f32>>(network_state_inout[at]);
        let current = bitcast<vec4<f32>>(network_state_inout[at + AT_SYNAPSE]);
        let filtered = bitcast<vec4<f32>>(network_state_inout[at + AT_RATE]);
        for (var i = 0u; i < 4u; i++) {
            v[4u * q + i] = membrane[i];
            i_syn[4u * q + i] = current[i];
            rate[4u * q + i] = filtered[i];
        }
    }
    publish((network_state_inout[state + AT_SPIKES + word / 4u][word % 4u] >> bit) & OWN_MASK);
}

// Rounds tiny values to zero: arithmetic on denormal numbers is many times slower on CPUs.
fn settle(x: f32) -> f32 {
    return select(x, 0.0, abs(x) < SILENT);
}

fn store() {
    for (var b = 0u; b < OWN; b++) {
        v[b] = settle(v[b]);
        i_syn[b] = settle(i_syn[b]);
        rate[b] = settle(rate[b]);
    }
    for (var q = 0u; q < OWN / 4u; q++) {
        let at = state + lane * OWN / 4u + q;
        let b = 4u * q;
        network_state_inout[at] = bitcast<vec4<u32>>(vec4<f32>(v[b], v[b + 1u], v[b + 2u], v[b + 3u]));
        network_state_inout[at + AT_SYNAPSE] =
            bitcast<vec4<u32>>(vec4<f32>(i_syn[b], i_syn[b + 1u], i_syn[b + 2u], i_syn[b + 3u]));
        network_state_inout[at + AT_RATE] =
            bitcast<vec4<u32>>(vec4<f32>(rate[b], rate[b + 1u], rate[b + 2u], rate[b + 3u]));
    }
    if (bit == 0u) {
        network_state_inout[state + AT_SPIKES + word / 4u][word % 4u] = spike_word();
    }
}

// Returns what own neurons add to action a, unscaled.
fn own_output(a: u32) -> f32 {
    let bits = own_bits(ROW_OUTPUT + action_of(a, own_side()));
    var sum = 0.0;
    for (var b = 0u; b < OWN; b++) {
        sum += select(0.0, rate[b], has(bits, b));
    }
    return sign_of(a, own_side()) * sum;
}

fn act(slot: u32, a: u32, sum: f32) {
    action_out[slot * D_ACT + a] = clamp(R_OUT * sum, -ACTION_BOUND, ACTION_BOUND);
}

fn begin_life(slot: u32, local: u32) {
    let start = start_of(episode_inout[slot].life);
    for (var quad = local; quad < N_STATE / 4u; quad += LANES) {
        network_state_inout[slot * N_STATE / 4u + quad] = start_quad(quad, N / 4u, start);
    }
}

fn step_network(slot: u32, local: u32) {
    enter(slot, local);
    load();
    project(slot);
    var count = 0u;
    for (var t = 0u; t < SUBSTEPS; t++) {
        let fired = integrate(receive());
        count += countOneBits(fired);
        publish(fired);
    }
    store();
    read_out(slot, count);
}
