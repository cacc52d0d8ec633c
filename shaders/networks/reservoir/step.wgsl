// The embodied spiking network as an evolved one: an individual a workgroup, a step of the environment is some ticks. It hears the
// first observation as it is, an angle in rad, and its action is the share of the step in which each muscle was stimulated,
// on [-1, 1]. theta holds the weights from each neuron to the two outputs; all others are fixed and drawn again where they are needed.
//
// Constants: N (padded neurons), NEURONS, LANES, TICKS, ROOM, WEIGHT_IN, WEIGHT_RECURRENT, DENSITY, KEY_X and KEY_Y of the fixed weights, D_OBS,
// N_WORDS, and those of the equations.
#import networks/reservoir/equations
#import networks/rate/opaque
#import numerics/philox
#import rollout/run
#import rollout/episode
#import rollout/slots
#buffer obs_in: array<f32>
#buffer action_out: array<f32>
#buffer theta_in: array<f32>
#buffer network_state_inout: array<f32>
#buffer episode_inout: array<Episode>

const OWN = N / LANES;
const WORDS = N / 32u;
const SCALARS = 16u;                 // of a slot's state, before the neurons
const N_STATE = SCALARS + 2u * N;

var<private> u: array<f32, ROOM>;
var<private> i_syn: array<f32, ROOM>;
// Two sets of words in turn: one is read while the other is cleared and written.
var<workgroup> told_spikes: array<atomic<u32>, 2u * WORDS>;
var<workgroup> total: atomic<u32>;
var<workgroup> shared_status: u32;

fn pair(at: u32) -> vec2<f32> {
    return vec2<f32>(network_state_inout[at], network_state_inout[at + 1u]);
}

fn put_pair(at: u32, value: vec2<f32>) {
    network_state_inout[at] = value.x;
    network_state_inout[at + 1u] = value.y;
}

// The twin of ReservoirSpec::fixed_weights.
fn recurrent(before: u32, after: u32) -> f32 {
    let bits = philox4x32(vec4<u32>(after, before, 0u, 0u), vec2<u32>(KEY_X, KEY_Y));
    return select(0.0, WEIGHT_RECURRENT * (2.0 * uniform01(bits.y) - 1.0), uniform01(bits.x) < DENSITY);
}

fn from_input(input: u32, after: u32) -> f32 {
    let bits = philox4x32(vec4<u32>(after, input, 1u, 0u), vec2<u32>(KEY_X, KEY_Y));
    return WEIGHT_IN * (2.0 * uniform01(bits.y) - 1.0);
}

@compute @workgroup_size(LANES)
fn network_reset(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = fresh(id.x + id.y * groups.x);
    if (slot == NO_SLOT) {
        return;
    }
    for (var at = lane; at < N_STATE; at += LANES) {
        // nothing is stimulated: the counters rest at -1
        network_state_inout[slot * N_STATE + at] = select(0.0, -1.0, at == 8u || at == 9u);
    }
}

@compute @workgroup_size(LANES)
fn network_step(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = living(id.x + id.y * groups.x);
    if (slot == NO_SLOT) {
        return;
    }
    if (lane == 0u) {
        shared_status = episode_inout[slot].status;
        atomicStore(&total, 0u);
    }
    if ((workgroupUniformLoad(&shared_status) & DONE) != 0u) {
        return;
    }
    let state = slot * N_STATE;
    for (var n = 0u; n < opaque(OWN); n++) {
        u[n] = network_state_inout[state + SCALARS + n * LANES + lane];
        i_syn[n] = network_state_inout[state + SCALARS + N + n * LANES + lane];
    }
    var u_in = pair(state);
    var i_in = pair(state + 2u);
    var u_out = pair(state + 4u);
    var i_out = pair(state + 6u);
    var ticks = pair(state + 8u);
    let current_in = input_current(obs_in[slot * D_OBS]);
    var stimulated = vec2<f32>();
    var spikes = 0u;
    var turn = 0u;
    for (var t = 0u; t < TICKS; t++) {
        turn = 1u - turn;
        for (var w = lane; w < WORDS; w += LANES) {
            atomicStore(&told_spikes[turn * WORDS + w], 0u);
        }
        workgroupBarrier();
        let fired_in = spikes2(u_in);
        let fired_out = spikes2(u_out);
        for (var n = 0u; n < opaque(OWN); n++) {
            let neuron = n * LANES + lane;
            let fires = u[n] >= THRESHOLD;
            if (fires) {
                atomicOr(&told_spikes[turn * WORDS + neuron / 32u], 1u << (neuron % 32u));
            }
            spikes += select(0u, 1u, fires);
            u[n] = membrane1(u[n], i_syn[n], fires);
            i_syn[n] *= DECAY_SYNAPSE;
        }
        workgroupBarrier();
        for (var k = 0u; k < 2u; k++) {
            if (fired_in[k] > 0.0) {
                for (var n = 0u; n < opaque(OWN); n++) {
                    let after = n * LANES + lane;
                    i_syn[n] += select(0.0, from_input(k, after), after < NEURONS);
                }
            }
        }
        var current_out = DECAY_SYNAPSE * i_out;
        for (var w = 0u; w < WORDS; w++) {
            var pending = atomicLoad(&told_spikes[turn * WORDS + w]);
            while (pending != 0u) {
                let before = 32u * w + firstTrailingBit(pending);
                pending &= pending - 1u;
                current_out += vec2<f32>(theta_in[slot * N_WORDS + 2u * before], theta_in[slot * N_WORDS + 2u * before + 1u]);
                for (var n = 0u; n < opaque(OWN); n++) {
                    let after = n * LANES + lane;
                    i_syn[n] += select(0.0, recurrent(before, after), after < NEURONS);
                }
            }
        }
        u_out = membrane2(u_out, i_out, fired_out);
        i_out = current_out;
        u_in = membrane2(u_in, i_in, fired_in);
        i_in = DECAY_SYNAPSE * i_in + current_in;
        ticks = held(ticks, fired_out);
        stimulated += stimulation(ticks);
    }
    for (var n = 0u; n < opaque(OWN); n++) {
        network_state_inout[state + SCALARS + n * LANES + lane] = u[n];
        network_state_inout[state + SCALARS + N + n * LANES + lane] = i_syn[n];
    }
    atomicAdd(&total, spikes);
    workgroupBarrier();
    if (lane == 0u) {
        put_pair(state, u_in);
        put_pair(state + 2u, i_in);
        put_pair(state + 4u, u_out);
        put_pair(state + 6u, i_out);
        put_pair(state + 8u, ticks);
        for (var a = 0u; a < 2u; a++) {
            action_out[slot * 2u + a] = 2.0 * stimulated[a] / f32(TICKS) - 1.0;
        }
        episode_inout[slot].spikes += atomicLoad(&total);
    }
}
