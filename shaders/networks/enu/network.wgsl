// A network of units: an individual per workgroup, whose rows are first its synapses, then its neurons. Sensors, the
// reward and neurons are rows of channels; a synapse hears the channels of the row before it and of its neuron, both as
// they were before the tick, and a neuron the sums of its synapses' outputs, channel by channel.
//
// Constants: those of unit.wgsl, NEURONS, HIDDEN (the first of the neurons; the others are outputs), SYNAPSES (of a
// neuron), SENSORY, TO_HIDDEN, TO_OUTPUT (of these, those from sensors, hidden and output neurons), SENSORS, REWARDS,
// TICKS, NOISE, OWN_CHROMOSOME (quads before that of the neurons, 0 if it is the synapses'), D_OBS, D_ACT, N_WORDS,
// ACTION_BOUND.
#import networks/enu/unit
#import networks/entry
#import networks/done_workgroup
#import rollout/lives
#import rollout/theta
#import numerics/philox
#import numerics/normal
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;

const ALL_SYNAPSES = NEURONS * SYNAPSES;
const UNITS = ALL_SYNAPSES + NEURONS;
const SENT_QUADS = INPUTS / 8u;              // of a row: channels that a synapse hears of it
const REWARD_ROW = NEURONS + SENSORS;
const N_SENT = REWARD_ROW + min(REWARDS, 1u);
const OUTPUT_NEURONS = max(NEURONS - HIDDEN, 1u);
const HIDDEN_NEURONS = max(HIDDEN, 1u);

var<private> individual: u32;                // first quad of its states
var<private> unit: array<u32, 4>;            // own rows
var<private> start: u32;                     // counters of the noise
var<private> clock: u32;
var<workgroup> sent: array<vec4<f32>, N_SENT * SENT_QUADS>;
var<workgroup> votes: array<f32, D_ACT>;

fn clear_shared(local: u32) {
}

fn begin_life(slot: u32, local: u32) {
    for (var at = local; at < UNITS * STATE_QUADS; at += LANES) {
        network_state_inout[slot * UNITS * STATE_QUADS + at] = vec4<f32>();
    }
}

// Returns the row that a synapse hears. Of a class, a neuron hears those that follow its own number there; of its own
// class, others than itself.
fn heard_row(synapse: u32) -> u32 {
    let neuron = synapse / SYNAPSES;
    let s = synapse % SYNAPSES;
    let is_output = neuron >= HIDDEN;
    let number = select(neuron, neuron - HIDDEN, is_output);
    if (s < SENSORY) {
        return NEURONS + (number + s) % SENSORS;
    }
    if (s < SENSORY + TO_HIDDEN) {
        return (number + s - SENSORY + select(1u, 0u, is_output)) % HIDDEN_NEURONS;
    }
    if (s < SENSORY + TO_HIDDEN + TO_OUTPUT) {
        return HIDDEN + (number + s - SENSORY - TO_HIDDEN + select(0u, 1u, is_output)) % OUTPUT_NEURONS;
    }
    return select(neuron, REWARD_ROW, REWARDS > 0u && s == SENSORY + TO_HIDDEN + TO_OUTPUT);
}

// Returns channel `c` of a sensor's row or of the reward's.
fn sensed(slot: u32, row: u32, c: u32) -> f32 {
    if (row < REWARD_ROW) {
        return select(0.0, obs_in[slot * D_OBS + row - NEURONS], c == 0u);
    }
    let is_reward = c > 0u && c <= REWARDS;
    return select(0.0, obs_in[slot * D_OBS + select(0u, SENSORS + c - 1u, is_reward)], is_reward);
}

fn output_quad(unit: u32, q: u32) -> vec4<f32> {
    return network_state_inout[individual + unit * STATE_QUADS + MEMORY / 4u + q];
}

fn send_neurons() {
    for (var at = lane; at < NEURONS * SENT_QUADS; at += LANES) {
        sent[at] = output_quad(ALL_SYNAPSES + at / SENT_QUADS, at % SENT_QUADS);
    }
}

fn send_sensors(slot: u32) {
    for (var at = NEURONS * SENT_QUADS + lane; at < N_SENT * SENT_QUADS; at += LANES) {
        let row = at / SENT_QUADS;
        let c = 4u * (at % SENT_QUADS);
        sent[at] = vec4<f32>(
            sensed(slot, row, c), sensed(slot, row, c + 1u), sensed(slot, row, c + 2u), sensed(slot, row, c + 3u),
        );
    }
}

// Returns a quad of what a unit hears.
fn input_quad(unit: u32, q: u32) -> vec4<f32> {
    if (unit < ALL_SYNAPSES) {
        if (q < SENT_QUADS) {
            return sent[heard_row(unit) * SENT_QUADS + q];
        }
        return sent[unit / SYNAPSES * SENT_QUADS + q - SENT_QUADS];
    }
    var sum = vec4<f32>();
    if (4u * q < OUTPUTS) {
        let first = (unit - ALL_SYNAPSES) * SYNAPSES;
        for (var s = 0u; s < opaque(SYNAPSES); s++) {
            sum += output_quad(first + s, q);
        }
    }
    return sum;
}

fn load_inputs() {
    for (var q = own_first(); q < opaque(X_LINES / 4u); q += own_stride()) {
        var quads: array<vec4<f32>, 4>;
        for (var r = 0u; r < ROWS; r++) {
            quads[r] = input_quad(unit[r], q);
        }
        put_lines(X_AT + 4u * q, quads[0], quads[1], quads[2], quads[3]);
    }
}

fn noise_quad(r: u32, q: u32) -> vec4<f32> {
    let counter = vec4<u32>(unit[r] * (OUTPUTS / 4u) + q, start, run.generation, clock);
    return NOISE * normal4(philox4x32(counter, run.key_membrane));
}

// Draws what the outputs of own rows are disturbed by. It stands in their places, which no gate hears any more.
fn disturb() {
    for (var q = own_first(); q < opaque(OUTPUTS / 4u); q += own_stride()) {
        var quads: array<vec4<f32>, 4>;
        for (var r = 0u; r < ROWS; r++) {
            quads[r] = noise_quad(r, q);
        }
        put_lines(O_AT + 4u * q, quads[0], quads[1], quads[2], quads[3]);
    }
    meet();
}

fn noise_at(j: u32) -> Rows {
    if (NOISE > 0.0) {
        return lines[place(O_AT + j)];
    }
    return Rows();
}

// Steps `count` units from `first` on.
fn advance(first: u32, count: u32) {
    for (var base = 0u; base < count; base += GROUP_ROWS) {
        for (var r = 0u; r < ROWS; r++) {
            let row = base + row_of(r);
            stays[r] = row < count;
            unit[r] = first + min(row, count - 1u);
            home[r] = individual + unit[r] * STATE_QUADS;
        }
        load_states();
        load_inputs();
        meet();
        update();
        if (NOISE > 0.0) {
            disturb();
        }
        read_out();
        store_states();
        meet();
    }
}

// Adds what the output neurons say in this tick.
fn vote() {
    for (var a = lane; a < D_ACT; a += LANES) {
        votes[a] += output_quad(ALL_SYNAPSES + HIDDEN + a, 0u).x;
    }
}

fn step_network(slot: u32, local: u32) {
    lane = local;
    individual = slot * UNITS * STATE_QUADS;
    start = start_of(episode_inout[slot].life);
    clock = episode_inout[slot].length * TICKS;
    let genome = place_of(slot) * N_WORDS / 4u;
    for (var a = lane; a < D_ACT; a += LANES) {
        votes[a] = 0.0;
    }
    send_sensors(slot);
    send_neurons();
    for (var phase = 0u; phase < opaque(2u * TICKS); phase++) {
        let are_neurons = phase % 2u == 1u;
        meet_all();
        chromosome = genome + select(0u, OWN_CHROMOSOME, are_neurons);
        advance(select(0u, ALL_SYNAPSES, are_neurons), opaque(select(ALL_SYNAPSES, NEURONS, are_neurons)));
        if (are_neurons) {
            meet_all();
            vote();
            send_neurons();
            clock += 1u;
        }
    }
    for (var a = lane; a < D_ACT; a += LANES) {
        action_out[slot * D_ACT + a] = clamp(votes[a], -ACTION_BOUND, ACTION_BOUND);
    }
}
