// The recurrent spiking network with f32 weights, one individual per workgroup: a lane's work on its own neurons.
// Neurons are those of networks/rsnn, but the observation is sent once, every spike is 1, and a connection has a
// weight. The root module, workgroup.wgsl or subgroup.wgsl, defines how lanes exchange inputs and spikes. Both add
// rows in the order of neurons, so that membranes do not depend on the number of lanes.
//
// theta: a row of N_SIDE weights for each input, each presynaptic neuron, each action. Event-driven: a substep
// adds only the rows of neurons that fired. With two hemispheres, each counts and adds its own neurons first.
//
// Constants: UNITS (neurons), LANES, D_OBS, LINES (inputs), D_ACT, SUBSTEPS, N_WORDS (of an individual), N_STATE (words
// of a slot, a multiple of 4), ROW_READ_OUT, NORMALISER_CLIP, and the factors DECAY_*, GAIN_* and R_*. The root module provides
// quad (number of own quad q among those of all neurons), own_line, is_done, hear (reads the inputs), remember (reads
// the spikes of the state), spikes_of (those of 32 neurons in the last substep), fire, publish and finish.
#import networks/rsnn/start
#import networks/entry
#import networks/rsnn_f32/state
#import rollout/theta
#import rollout/normaliser
#import networks/sides/whole
#import networks/rate/columns
#import networks/rate/opaque
#import networks/rate/weights
#import networks/rsnn_f32/lines
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;

const WORDS = UNITS / 32u;                   // a bit a neuron
const N_SIDE = UNITS / SIDES;
const QUADS = UNITS / 4u;
const OWN_QUADS = QUADS / LANES;             // of a lane
const SIDE_LANES = LANES / SIDES;
const SILENT = 1e-20;                        // far below one spike, far enough above the denormals for a step's decay

// Layout of a slot in network_state, in quads: v, i_syn and rate by neuron, then one bit per neuron, set if it fired
// in the last substep.
const AT_SYNAPSE = QUADS;
const AT_RATE = 2u * QUADS;
const AT_SPIKES = 3u * QUADS;

var<private> lane: u32;
var<private> theta: u32;                     // where the individual's parameters begin
var<private> state: u32;                     // where its state begins
var<private> sums: array<vec4<f32>, OWN_QUADS>;
var<private> drive: array<vec4<f32>, OWN_QUADS>;
var<private> v: array<vec4<f32>, OWN_QUADS>;
var<private> i_syn: array<vec4<f32>, OWN_QUADS>;
var<private> outputs: array<vec4<f32>, OWN_QUADS>; // rates

fn clear_sums() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] = vec4<f32>();
    }
}

// Reads the state, and makes the spikes of the last substep known to all lanes.
fn load(slot: u32, local: u32) {
    lane = local;
    theta = begin_of(slot);
    state = slot * N_STATE / 4u;
    for (var q = 0u; q < OWN_QUADS; q++) {
        let at = state + quad(q);
        v[q] = bitcast<vec4<f32>>(state_quad(at));
        i_syn[q] = bitcast<vec4<f32>>(state_quad(at + AT_SYNAPSE));
        outputs[q] = bitcast<vec4<f32>>(state_quad(at + AT_RATE));
    }
    remember();
}

fn stored_spikes(word: u32) -> u32 {
    return state_quad(state + AT_SPIKES + word / 4u)[word % 4u];
}

// Computes the external drive, which all substeps share.
fn project(slot: u32) {
    hear(slot, life_of(slot));
    clear_sums();
    add_lines(0u, 0u, LINES);
    for (var q = 0u; q < OWN_QUADS; q++) {
        drive[q] = R_IN * sums[q];
    }
}

// Adds the rows of the neurons that fired in the last substep.
fn receive() {
    clear_sums();
    for (var w = 0u; w < WORDS; w++) {
        var pending = spikes_of(own_first(32u * w) / 32u);
        while (pending != 0u) {
            let row = LINES + 32u * w + firstTrailingBit(pending);
            pending &= pending - 1u;
            for (var q = 0u; q < OWN_QUADS; q++) {
                sums[q] += own_weights(row, q);
            }
        }
    }
}

// Advances own neurons by one substep from `sums`: synapse, membrane, spike and reset, rate. Publishes the spikes to
// all lanes; returns the number of own spikes.
fn integrate() -> u32 {
    var count = 0u;
    for (var q = 0u; q < OWN_QUADS; q++) {
        i_syn[q] = DECAY_SYNAPSE * i_syn[q] + R_HIDDEN * sums[q];
        let membrane = DECAY_MEMBRANE * v[q] + GAIN_MEMBRANE * (i_syn[q] + drive[q]);
        let fires = membrane > vec4<f32>(1.0);
        keep(q, membrane);
        v[q] = select(membrane, vec4<f32>(), fires);
        outputs[q] = DECAY_RATE * outputs[q] + select(vec4<f32>(), vec4<f32>(GAIN_RATE), fires);
        let bits = dot(select(vec4<u32>(), vec4<u32>(1u, 2u, 4u, 8u), fires), vec4<u32>(1u));
        fire(q, bits);
        count += countOneBits(bits);
    }
    publish();
    return count;
}

// Rounds tiny values to zero: arithmetic on denormal numbers is many times slower on CPUs.
fn settle(x: vec4<f32>) -> vec4<f32> {
    return select(x, vec4<f32>(), abs(x) < vec4<f32>(SILENT));
}

fn store() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        outputs[q] = settle(outputs[q]);
        let at = state + quad(q);
        put_state_quad(at, bitcast<vec4<u32>>(settle(v[q])));
        put_state_quad(at + AT_SYNAPSE, bitcast<vec4<u32>>(settle(i_syn[q])));
        put_state_quad(at + AT_RATE, bitcast<vec4<u32>>(outputs[q]));
    }
    for (var w = lane; w < WORDS; w += LANES) {
        put_state_word(state + AT_SPIKES + w / 4u, w % 4u, spikes_of(w));
    }
}

fn act(slot: u32, a: u32, sum: f32) {
    action_out[slot * D_ACT + a] = clamp(R_OUT * sum, -ACTION_BOUND, ACTION_BOUND);
}

fn begin_life(slot: u32, local: u32) {
    let start = start_of(life_of(slot));
    for (var at = local; at < N_STATE / 4u; at += LANES) {
        put_state_quad(slot * N_STATE / 4u + at, start_quad(at, QUADS, start));
    }
}

fn step_network(slot: u32, local: u32) {
    load(slot, local);
    project(slot);
    var count = 0u;
    for (var t = 0u; t < SUBSTEPS; t++) {
        receive();
        count += integrate();
    }
    store();
    finish(slot, count);
}
