// The embodied spiking network, tick by tick: one per workgroup, with some neurons of the reservoir in each lane.
// Every lane computes all inputs and outputs.
//
// Constants: N (neurons, a multiple of 32 and of LANES), LANES, SCALARS, and those of the equations. The importing
// module provides ROOM (length of arrays for own neurons), own (their number), the exchange (telling, tell, told,
// spikes_of), access to the state (word, put), add_row (adds the row of a neuron, or from N on of an input, to own
// currents), readout (a neuron's weights to the outputs), and counted.
#import networks/reservoir/equations

const OWN = N / LANES;
const WORDS = N / 32u;
const N_STATE = SCALARS + 2u * N;    // words of a state: ten of inputs and outputs, the user's own, then the neurons

var<private> lane: u32;
var<private> u: array<f32, ROOM>;
var<private> i_syn: array<f32, ROOM>;
var<private> u_in: vec2<f32>;
var<private> i_in: vec2<f32>;
var<private> u_out: vec2<f32>;
var<private> i_out: vec2<f32>;
var<private> ticks: vec2<f32>;       // that the stimulation lasts still
var<private> fired_in: vec2<f32>;    // in this tick
var<private> fired_out: vec2<f32>;

fn neuron_of(n: u32) -> u32 {
    return n * LANES + lane;
}

fn pair(at: u32) -> vec2<f32> {
    return vec2<f32>(word(at), word(at + 1u));
}

fn put_pair(at: u32, value: vec2<f32>) {
    put(at, value.x);
    put(at + 1u, value.y);
}

// Puts everything at rest.
fn rest() {
    for (var n = 0u; n < own(); n++) {
        u[n] = 0.0;
        i_syn[n] = 0.0;
    }
    u_in = vec2<f32>();
    i_in = vec2<f32>();
    u_out = vec2<f32>();
    i_out = vec2<f32>();
    ticks = vec2<f32>(-1.0);
}

fn load_network(at: u32) {
    for (var n = 0u; n < own(); n++) {
        u[n] = word(at + SCALARS + neuron_of(n));
        i_syn[n] = word(at + SCALARS + N + neuron_of(n));
    }
    u_in = pair(at);
    i_in = pair(at + 2u);
    u_out = pair(at + 4u);
    i_out = pair(at + 6u);
    ticks = pair(at + 8u);
}

fn store_network(at: u32) {
    for (var n = 0u; n < own(); n++) {
        put(at + SCALARS + neuron_of(n), u[n]);
        put(at + SCALARS + N + neuron_of(n), i_syn[n]);
    }
    if (lane == 0u) {
        put_pair(at, u_in);
        put_pair(at + 2u, i_in);
        put_pair(at + 4u, u_out);
        put_pair(at + 6u, i_out);
        put_pair(at + 8u, ticks);
    }
}

// Computes and delivers the spikes of a tick, all from the membranes before it; returns the outputs' current after it.
fn spread() -> vec2<f32> {
    fired_in = spikes2(u_in);
    fired_out = spikes2(u_out);
    telling();
    for (var n = 0u; n < own(); n++) {
        let fires = u[n] >= THRESHOLD;
        tell(n, fires);
        u[n] = membrane1(u[n], i_syn[n], fires);
        i_syn[n] *= DECAY_SYNAPSE;
        counted(n, fires);
    }
    told();
    var current = DECAY_SYNAPSE * i_out;
    for (var k = 0u; k < 2u; k++) {
        if (fired_in[k] > 0.0) {
            add_row(N + k);
        }
    }
    for (var w = 0u; w < WORDS; w++) {
        var pending = spikes_of(w);
        while (pending != 0u) {
            let neuron = 32u * w + firstTrailingBit(pending);
            pending &= pending - 1u;
            add_row(neuron);
            current += readout(neuron);
        }
    }
    return current;
}

// Completes the tick: inputs, driven by `angle`; outputs, whose current after it is `current`; and stimulations.
fn advance(current: vec2<f32>, angle: f32) {
    u_in = membrane2(u_in, i_in, fired_in);
    i_in = DECAY_SYNAPSE * i_in + input_current(angle);
    u_out = membrane2(u_out, i_out, fired_out);
    i_out = current;
    ticks = held(ticks, fired_out);
}
