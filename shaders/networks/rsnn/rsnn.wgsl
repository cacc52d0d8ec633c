// The recurrent spiking network with 1-bit connections: one individual a workgroup.
//
// A row of theta holds the connections of one presynaptic line or neuron to all neurons, WORDS words. SPLIT lanes share a
// word of every row: a lane owns neurons OWN lane .. OWN lane + OWN - 1, all of them bits of one word.
// Event-driven: when a neuron fires, its row is added to counters, several of them packed in a register. An inhibitory row
// is added complemented, and the number of inhibitory spikes is taken off at the end, so that a counter stays within 0..N:
// no field overflows, whatever fires.
//
// Constants: N, N_EXC, D_OBS, D_ACT, BIAS_ROWS (0 or 1), SUBSTEPS, SPLIT, N_WORDS (of an individual), N_STATE (words of a
// slot, a multiple of 4), FIELD_BITS and FIELD_MASK, NORMALISER_CLIP, and the factors DECAY_*, GAIN_* and R_*.
#import numerics/philox
#import rollout/run
#import rollout/episode
#import rollout/normaliser
#buffer live_in: array<u32>
#buffer theta_in: array<u32>
#buffer obs_in: array<f32>
#buffer action_out: array<f32>
#buffer network_state_inout: array<vec4<u32>>
#buffer episode_inout: array<Episode>

const WORDS = N / 32u;                       // words of a row
const LANES = WORDS * SPLIT;
const OWN = 32u / SPLIT;                     // neurons of a lane
const REGISTERS = min(OWN, FIELD_BITS);      // own neuron b is counted in register b % FIELD_BITS, field b / FIELD_BITS
const BLOCK = min(WORDS, 8u);                // words of spikes that one loop works through

const ROW_HIDDEN = 2u * D_OBS + BIAS_ROWS;
const ROW_OUTPUT = ROW_HIDDEN + N;

// Layout of a slot in network_state, by fours: v, i_syn and rate by neuron, then a bit a neuron: whether it fired in the
// last substep.
const AT_SYNAPSE = N / 4u;
const AT_RATE = 2u * N / 4u;
const AT_SPIKES = 3u * N / 4u;

var<private> lane: u32;
var<private> word: u32;                      // of a row: where this lane's bits are
var<private> bit: u32;                       // the first of them
var<private> theta: u32;                     // where this lane's word of the individual's first row is
var<private> state: u32;                     // where the individual's state begins
var<private> v: array<f32, OWN>;
var<private> i_syn: array<f32, OWN>;
var<private> i_in: array<f32, OWN>;
var<private> rate: array<f32, OWN>;
var<private> counters: array<u32, REGISTERS>;

// Three sides, taken in turn: one is read, the next is written, the last is cleared for the substep after.
var<workgroup> spikes: array<atomic<u32>, 3u * WORDS>;
var<workgroup> inputs: array<f32, D_OBS>;
var<workgroup> partial: array<f32, LANES * D_ACT>;
var<workgroup> counts: array<u32, LANES>;
var<workgroup> shared_status: u32;

fn enter(slot: u32, local: u32) {
    lane = local;
    word = local / SPLIT;
    bit = (local % SPLIT) * OWN;
    theta = slot * N_WORDS + word;
    state = slot * N_STATE / 4u;
}

// This lane's part of row `row`, from bit 0.
fn own_bits(row: u32) -> u32 {
    return theta_in[theta + row * WORDS] >> bit;
}

fn has(bits: u32, b: u32) -> bool {
    return (bits & (1u << b)) != 0u;
}

fn take_inputs(slot: u32) {
    for (var i = lane; i < D_OBS; i += LANES) {
        inputs[i] = normalise(slot, i, obs_in[slot * D_OBS + i]);
    }
}

// External drive, held over the substeps. A neuron that both x and -x reach gets nothing from them.
fn project() {
    for (var b = 0u; b < OWN; b++) {
        i_in[b] = 0.0;
    }
    for (var j = 0u; j < D_OBS; j++) {
        let x = inputs[j];
        let plus = own_bits(j);
        let minus = own_bits(D_OBS + j);
        let up = plus & ~minus;
        let down = minus & ~plus;
        for (var b = 0u; b < OWN; b++) {
            i_in[b] += select(0.0, x, has(up, b)) - select(0.0, x, has(down, b));
        }
    }
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

// Counts, for every own neuron, the connections from neurons that fired. Returns the number of inhibitory spikes:
// the synaptic sum (excitatory minus inhibitory) is the count minus that number.
fn receive(side: u32) -> u32 {
    for (var r = 0u; r < REGISTERS; r++) {
        counters[r] = 0u;
    }
    var inhibitory = 0u;
    for (var base = 0u; base < WORDS; base += BLOCK) {
        var words: array<u32, BLOCK>;
        var todo = 0u;                       // bit i: words[i] is still to be taken
        for (var i = 0u; i < BLOCK; i++) {
            words[i] = select(0u, atomicLoad(&spikes[side + min(base + i, WORDS - 1u)]), base + i < WORDS);
            todo |= select(0u, 1u << i, words[i] != 0u);
        }
        var pending = 0u;                    // what is left of the word being worked on
        var taken = 0u;                      // its index
        while ((pending | todo) != 0u) {
            if (pending == 0u) {
                taken = firstTrailingBit(todo);
                todo &= todo - 1u;
                for (var i = 0u; i < BLOCK; i++) {
                    pending |= select(0u, words[i], i == taken);
                }
            }
            let neuron = 32u * (base + taken) + firstTrailingBit(pending);
            pending &= pending - 1u;
            let flip = select(0u, 0xffffffffu, neuron >= N_EXC);
            inhibitory += flip & 1u;
            let bits = own_bits(ROW_HIDDEN + neuron) ^ flip;
            for (var r = 0u; r < REGISTERS; r++) {
                counters[r] += (bits >> r) & FIELD_MASK;
            }
        }
    }
    return inhibitory;
}

// The synaptic sum of own neuron b, an exact integer.
fn synaptic_sum(b: u32, inhibitory: u32) -> i32 {
    return i32(extractBits(counters[b % FIELD_BITS], b / FIELD_BITS * FIELD_BITS, FIELD_BITS)) - i32(inhibitory);
}

fn is_excitatory(b: u32) -> bool {
    return lane * OWN + b < N_EXC;
}

// One substep of own neurons, their connections counted: returns a bit for each that fires.
// Short loops: drivers unroll them, so that the arrays become registers, and would not unroll one long loop.
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

// Makes the spikes of own neurons known to all lanes, on side `after`; clears the side after that.
fn publish(fired: u32, after: u32) {
    if (SPLIT == 1u) {
        atomicStore(&spikes[after + word], fired);
    } else {
        atomicOr(&spikes[after + word], fired << bit);
        if (bit == 0u) {
            atomicStore(&spikes[next(after) + word], 0u);
        }
    }
    workgroupBarrier();
}

fn next(side: u32) -> u32 {
    return select(side + WORDS, 0u, side == 2u * WORDS);
}

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
    if (bit == 0u) {
        atomicStore(&spikes[word], network_state_inout[state + AT_SPIKES + word / 4u][word % 4u]);
        atomicStore(&spikes[WORDS + word], 0u);
    }
}

fn store(side: u32) {
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
        network_state_inout[state + AT_SPIKES + word / 4u][word % 4u] = atomicLoad(&spikes[side + word]);
    }
}

// The action from the signed rates; sums of lanes are added in the order of lanes.
fn read_out(slot: u32, count: u32) {
    for (var a = 0u; a < D_ACT; a++) {
        let bits = own_bits(ROW_OUTPUT + a);
        var sum = 0.0;
        for (var b = 0u; b < OWN; b++) {
            sum += select(0.0, rate[b], has(bits, b));
        }
        partial[a * LANES + lane] = sum;
    }
    counts[lane] = count;
    workgroupBarrier();
    for (var a = lane; a < D_ACT; a += LANES) {
        var sum = 0.0;
        for (var l = 0u; l < LANES; l++) {
            sum += partial[a * LANES + l];
        }
        action_out[slot * D_ACT + a] = clamp(R_OUT * sum, -1.0, 1.0);
    }
    if (lane == 0u) {
        var sum = 0u;
        for (var l = 0u; l < LANES; l++) {
            sum += counts[l];
        }
        episode_inout[slot].spikes += sum;
    }
}

@compute @workgroup_size(LANES)
fn network_reset(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = id.x + id.y * groups.x;
    if (slot >= run.n_slots) {
        return;
    }
    for (var quad = local; quad < N_STATE / 4u; quad += LANES) {
        var words = vec4<u32>();
        if (quad < N / 4u) {
            let bits = philox4x32(vec4<u32>(quad, run.member_base + slot, run.generation, 0u), run.key_membrane);
            let unit = vec4<f32>(uniform01(bits.x), uniform01(bits.y), uniform01(bits.z), uniform01(bits.w));
            words = bitcast<vec4<u32>>(unit);
        }
        network_state_inout[slot * N_STATE / 4u + quad] = words;
    }
}

@compute @workgroup_size(LANES)
fn network_step(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let k = id.x + id.y * groups.x;
    if (k >= live_in[0]) {
        return;
    }
    let slot = live_in[1u + k];
    if (local == 0u) {
        shared_status = episode_inout[slot].status;
    }
    if ((workgroupUniformLoad(&shared_status) & DONE) != 0u) {
        return;
    }
    enter(slot, local);
    take_inputs(slot);
    load();
    workgroupBarrier();
    project();
    var count = 0u;
    var side = 0u;
    for (var t = 0u; t < SUBSTEPS; t++) {
        let fired = integrate(receive(side));
        count += countOneBits(fired);
        side = next(side);
        publish(fired, side);
    }
    store(side);
    read_out(slot, count);
}
