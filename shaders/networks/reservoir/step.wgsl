// The embodied spiking network as an evolved one: an individual a workgroup, a step of the environment is some ticks.
// It hears the first observation as it is, an angle in rad, and its action is the share of the step in which each
// muscle was stimulated, on [-1, 1]. theta holds the weights from each neuron to the two outputs; all others are fixed
// and drawn again where they are needed.
//
// Constants: those of neurons.wgsl, ROOM, NEURONS (those below N that exist), TICKS, WEIGHT_IN, WEIGHT_RECURRENT,
// DENSITY, KEY_X and KEY_Y of the fixed weights, D_OBS, N_WORDS.
#import networks/reservoir/neurons
#import networks/reservoir/exchange_workgroup
#import networks/rate/opaque
#import numerics/philox
#import rollout/run
#import rollout/episode
#import rollout/theta
#import rollout/slots
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;
var<storage, read> theta_in: array<f32>;
var<storage, read_write> network_state_inout: array<f32>;
var<storage, read_write> episode_inout: array<Episode>;

var<private> theta: u32;             // where the individual's weights begin
var<private> spikes: u32;            // of own neurons in the step
var<workgroup> total: atomic<u32>;
var<workgroup> shared_status: u32;

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

// The twin of ReservoirSpec::fixed_weights.
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

@compute @workgroup_size(LANES)
fn network_reset(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = fresh(id.x + id.y * groups.x);
    if (slot == NO_SLOT) {
        return;
    }
    lane = local;
    rest();
    store_network(slot * N_STATE);
}

@compute @workgroup_size(LANES)
fn network_step(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = living(id.x + id.y * groups.x);
    if (slot == NO_SLOT) {
        return;
    }
    if (local == 0u) {
        shared_status = episode_inout[slot].status;
        atomicStore(&total, 0u);
    }
    if ((workgroupUniformLoad(&shared_status) & DONE) != 0u) {
        return;
    }
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
