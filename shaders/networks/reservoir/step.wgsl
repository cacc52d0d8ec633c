// The embodied spiking network as an evolved one: one individual per workgroup, TICKS ticks per step of the
// environment. Its input is the first observation as it is, an angle in rad. Its action is the share of the step in
// which each muscle was stimulated, mapped to [-1, 1]. theta holds the weights from each neuron to the two outputs;
// all others are fixed, and drawn again where they are needed.
//
// Constants: those of neurons.wgsl, ROOM, NEURONS (how many of the N exist), TICKS, WEIGHT_IN, WEIGHT_RECURRENT,
// DENSITY, KEY_X and KEY_Y of the fixed weights, D_OBS, N_WORDS.
#import networks/reservoir/neurons
#import networks/reservoir/exchange_workgroup
#import networks/rate/opaque
#import numerics/philox
#import networks/entry
#import networks/done_workgroup
#import rollout/theta
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;
var<storage, read> theta_in: array<f32>;
var<storage, read_write> network_state_inout: array<f32>;

var<private> theta: u32;             // where the individual's weights begin
var<private> spikes: u32;            // of own neurons in the step
var<workgroup> total: atomic<u32>;

fn own() -> u32 {
    return opaque(OWN);
}

fn word(at: u32) -> f32 {
    return network_state_inout[at];
}

fn put(at: u32, value: f32) {
    network_state_inout[at] = value;
}

fn counted(n: u32, fires: bool) {
    spikes += select(0u, 1u, fires);
}

fn readout(neuron: u32) -> vec2<f32> {
    return vec2<f32>(theta_in[theta + 2u * neuron], theta_in[theta + 2u * neuron + 1u]);
}

// Twin: ReservoirSpec::fixed_weights.
fn fixed_weight(row: u32, after: u32) -> f32 {
    let is_input = row >= N;
    let counter = select(vec4<u32>(after, row, 0u, 0u), vec4<u32>(after, row - N, 1u, 0u), is_input);
    let bits = philox4x32(counter, vec2<u32>(KEY_X, KEY_Y));
    let exists = is_input | (uniform01(bits.x) < DENSITY);
    return select(0.0, select(WEIGHT_RECURRENT, WEIGHT_IN, is_input) * (2.0 * uniform01(bits.y) - 1.0), exists);
}

fn add_row(row: u32) {
    for (var n = 0u; n < own(); n++) {
        let after = neuron_of(n);
        i_syn[n] += select(0.0, fixed_weight(row, after), after < NEURONS);
    }
}

fn clear_shared(local: u32) {
    if (local == 0u) {
        atomicStore(&total, 0u);
    }
}

fn begin_life(slot: u32, local: u32) {
    lane = local;
    rest();
    store_network(slot * N_STATE);
}

fn step_network(slot: u32, local: u32) {
    lane = local;
    theta = place_of(slot) * N_WORDS;
    load_network(slot * N_STATE);
    var stimulated = vec2<f32>();
    for (var t = 0u; t < TICKS; t++) {
        advance(spread(), obs_in[slot * D_OBS]);
        stimulated += stimulation(ticks);
    }
    store_network(slot * N_STATE);
    atomicAdd(&total, spikes);
    workgroupBarrier();
    if (lane == 0u) {
        for (var a = 0u; a < 2u; a++) {
            action_out[slot * 2u + a] = 2.0 * stimulated[a] / f32(TICKS) - 1.0;
        }
        episode_inout[slot].spikes += atomicLoad(&total);
    }
}
