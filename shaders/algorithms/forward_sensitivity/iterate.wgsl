// A chunk of an iteration of arms, a workgroup each: network, muscles, body, sensitivities and descent, macro step by macro step.
// All lanes compute what belongs to the arm as a whole, each the same; only the reservoir and its traces are shared out.
//
// A dispatch begins and ends between windows, where all sensitivities are zero: only the network and the body go on in arm_state.
// Needs N (neurons, a multiple of 32 and of LANES), LANES, TICKS (a macro step), WINDOW (macro steps), RESET_STEP, EARLY_STEPS,
// MOMENTUM, CLIP, ENERGY_*, KEPT_*, STEP_S, WATCHED, and the root
// module: ROOM (of arrays for own neurons), own (how many there are) and the exchange: tell, told, spikes_of, fired_before,
// sum_of_lanes, settled.
#import algorithms/forward_sensitivity/records
#import networks/reservoir/equations
#import algorithms/forward_sensitivity/traces
#uniform arm_run: ArmRun
#buffer arm_in: array<Arm>
#buffer arm_weights_inout: array<vec2<f32>>
#buffer reservoir_in: array<f32>
#buffer arm_state_inout: array<f32>
#buffer arm_outcome_inout: array<ArmOutcome>
#buffer arm_spikes_inout: array<u32>
#buffer arm_motion_out: array<u32>

const OWN = N / LANES;
const WORDS = N / 32u;
const SCALARS = 16u;                 // of arm_state, before the neurons
const COUNTED = N + 4u;              // neurons with a count of spikes
const MOTION = 8u + TICKS * (WORDS + 1u); // words of a macro step in arm_motion

var<private> lane: u32;
var<private> arm: u32;
var<private> rows: u32;              // where the arm's reservoir begins
var<private> weights: u32;           // where its readout weights begin
var<private> u: array<f32, ROOM>;
var<private> i_syn: array<f32, ROOM>;
var<private> count: array<u32, ROOM>;
var<private> u_in: vec2<f32>;
var<private> i_in: vec2<f32>;
var<private> u_out: vec2<f32>;
var<private> i_out: vec2<f32>;
var<private> ticks: vec2<f32>;       // that the stimulation lasts still
var<private> spikes_in: vec2<f32>;   // counts
var<private> spikes_out: vec2<f32>;

fn begin(local: u32) {
    lane = local;
    let setup = arm_in[arm];
    rows = setup.reservoir * (N + 2u) * N;
    weights = arm * 2u * N;
    muscle_0_optimal = setup.optimal;
    muscle_1_optimal = setup.optimal;
    muscle_0_slack = setup.slack;
    muscle_1_slack = setup.slack;
}

fn load() {
    let at = arm * (SCALARS + 2u * N);
    let fresh = arm_run.first == 0u;
    for (var n = 0u; n < own(); n++) {
        let neuron = n * LANES + lane;
        u[n] = select(arm_state_inout[at + SCALARS + neuron], 0.0, fresh);
        i_syn[n] = select(arm_state_inout[at + SCALARS + N + neuron], 0.0, fresh);
        count[n] = select(arm_spikes_inout[arm * COUNTED + neuron], 0u, fresh);
    }
    spikes_in = vec2<f32>();
    spikes_out = vec2<f32>();
    if (fresh) {
        ticks = vec2<f32>(-1.0);
        return;
    }
    qpos_0 = arm_state_inout[at];
    qvel_0 = arm_state_inout[at + 1u];
    qacc_0 = arm_state_inout[at + 2u];
    act_0 = arm_state_inout[at + 3u];
    act_1 = arm_state_inout[at + 4u];
    u_in = pair(at + 5u);
    i_in = pair(at + 7u);
    u_out = pair(at + 9u);
    i_out = pair(at + 11u);
    ticks = pair(at + 13u);
}

fn pair(at: u32) -> vec2<f32> {
    return vec2<f32>(arm_state_inout[at], arm_state_inout[at + 1u]);
}

fn put_pair(at: u32, value: vec2<f32>) {
    arm_state_inout[at] = value.x;
    arm_state_inout[at + 1u] = value.y;
}

fn store() {
    let at = arm * (SCALARS + 2u * N);
    for (var n = 0u; n < own(); n++) {
        let neuron = n * LANES + lane;
        arm_state_inout[at + SCALARS + neuron] = u[n];
        arm_state_inout[at + SCALARS + N + neuron] = i_syn[n];
        arm_spikes_inout[arm * COUNTED + neuron] = count[n];
    }
    if (lane != 0u) {
        return;
    }
    arm_state_inout[at] = qpos_0;
    arm_state_inout[at + 1u] = qvel_0;
    arm_state_inout[at + 2u] = qacc_0;
    arm_state_inout[at + 3u] = act_0;
    arm_state_inout[at + 4u] = act_1;
    put_pair(at + 5u, u_in);
    put_pair(at + 7u, i_in);
    put_pair(at + 9u, u_out);
    put_pair(at + 11u, i_out);
    put_pair(at + 13u, ticks);
    let counts = arm * COUNTED + N;
    for (var k = 0u; k < 2u; k++) {
        let fresh = arm_run.first == 0u;
        arm_spikes_inout[counts + k] = select(arm_spikes_inout[counts + k], 0u, fresh) + u32(spikes_in[k]);
        arm_spikes_inout[counts + 2u + k] = select(arm_spikes_inout[counts + 2u + k], 0u, fresh) + u32(spikes_out[k]);
    }
}

// One tick of the whole network and of the activations.
fn tick() {
    let fired_in = spikes2(u_in);
    let fired_out = spikes2(u_out);
    var current_out = DECAY_SYNAPSE * i_out;
    for (var n = 0u; n < own(); n++) {
        let fires = u[n] >= THRESHOLD;
        tell(n, fires);
        u[n] = membrane1(u[n], i_syn[n], fires);
        i_syn[n] *= DECAY_SYNAPSE;
        count[n] += select(0u, 1u, fires);
    }
    told();
    // rows of those that fired: inputs, then the reservoir
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
            current_out += arm_weights_inout[weights + neuron];
        }
    }
    // sensitivities, by what the outputs were before the tick
    let act = vec2<f32>(act_0, act_1);
    let after = held(ticks, fired_out);
    let shared_gates = gates(u_out, i_out, fired_out, ticks, after, act);
    for (var n = 0u; n < own(); n++) {
        sense(n, shared_gates, fired_before(n));
    }
    u_in = membrane2(u_in, i_in, fired_in);
    i_in = DECAY_SYNAPSE * i_in + input_current(qpos_0);
    u_out = membrane2(u_out, i_out, fired_out);
    i_out = current_out;
    ticks = after;
    let on = stimulation(after);
    let next = on * (1.0 - KEPT_ON * (1.0 - act)) + (1.0 - on) * (KEPT_OFF * act);
    act_0 = next.x;
    act_1 = next.y;
    spikes_in += fired_in;
    spikes_out += fired_out;
    bits_beside = u32(fired_in.x) | (u32(fired_in.y) << 1u) | (u32(fired_out.x) << 2u) | (u32(fired_out.y) << 3u);
}

var<private> bits_beside: u32;       // spikes of inputs and outputs in the last tick

fn add_row(row: u32) {
    let at = rows + row * N + lane;
    for (var n = 0u; n < own(); n++) {
        i_syn[n] += reservoir_in[at + n * LANES];
    }
}

// Nesterov's descent along the window's gradient, its norm clipped.
fn descend() -> f32 {
    var square = 0.0;
    for (var n = 0u; n < own(); n++) {
        square += dot(gradient[n], gradient[n]);
    }
    let norm = sqrt(sum_of_lanes(square)) + 1e-30;
    if (arm_run.learns != 0u) {
        let scale = min(1.0, CLIP / norm);
        let rate = arm_in[arm].learning_rate;
        for (var n = 0u; n < own(); n++) {
            let at = weights + n * LANES + lane;
            let slope = scale * gradient[n];
            let momentum = slope + MOMENTUM * arm_weights_inout[at + N];
            arm_weights_inout[at + N] = momentum;
            arm_weights_inout[at] -= rate * (slope + MOMENTUM * momentum);
        }
    }
    settled();
    return norm;
}

fn watch(step: u32) {
    let at = ((arm - arm_run.first_arm) * WATCHED + step) * MOTION;
    if (lane == 0u) {
        let values = array<f32, 5>(qpos_0, qvel_0, seen_driven_0, act_0, act_1);
        for (var k = 0u; k < 5u; k++) {
            arm_motion_out[at + k] = bitcast<u32>(values[k]);
        }
    }
}

fn watch_tick(step: u32, t: u32) {
    let at = ((arm - arm_run.first_arm) * WATCHED + step) * MOTION + 8u + t * (WORDS + 1u);
    if (lane == 0u) {
        for (var w = 0u; w < WORDS; w++) {
            arm_motion_out[at + w] = spikes_of(w);
        }
        arm_motion_out[at + WORDS] = bits_beside;
    }
}

// `count`, unknown to the compiler: drivers unroll loops of known length, and compile every copy.
fn opaque(count: u32) -> u32 {
    return select(count, 0u, arm_run.arms == 0u);
}

@compute @workgroup_size(LANES)
fn iterate(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    arm = arm_run.first_arm + id.x + id.y * groups.x;
    if (arm >= arm_run.arms) {
        return;
    }
    begin(local);
    load();
    var outcome = ArmOutcome();
    if (arm_run.first != 0u) {
        outcome = arm_outcome_inout[arm];
    }
    for (var step = 0u; step < arm_run.steps; step++) {
        let at = arm_run.first + step;
        if (at == RESET_STEP) {
            qpos_0 = arm_in[arm].angle;
            qvel_0 = arm_in[arm].velocity;
        }
        if (at % WINDOW == 0u) {
            clear_traces();
        }
        for (var t = 0u; t < opaque(TICKS); t++) {
            tick();
            if (WATCHED > 0u) {
                watch_tick(step, t);
            }
        }
        physics_slopes();
        physics_step(1u, 1u);
        sense_body(qpos_0, vec2<f32>(act_0, act_1));
        let loss = qpos_0 * qpos_0;
        outcome.loss += loss;
        outcome.late_loss += select(0.0, loss, at >= arm_run.half);
        outcome.early_loss += select(0.0, loss, (at >= RESET_STEP) & (at < RESET_STEP + EARLY_STEPS));
        outcome.effort += act_0 * act_0 + act_1 * act_1;
        if (WATCHED > 0u) {
            watch(step);
        }
        if (at % WINDOW == WINDOW - 1u) {
            outcome.gradient = max(outcome.gradient, descend());
        }
    }
    outcome.angle = qpos_0;
    let size = bitcast<u32>(qpos_0) & 0x7fffffffu;
    let speed = bitcast<u32>(qvel_0) & 0x7fffffffu;
    outcome.broken |= select(0u, 1u, max(size, speed) > bitcast<u32>(1e10f));
    store();
    if (lane == 0u) {
        arm_outcome_inout[arm] = outcome;
    }
}
