// A chunk of an iteration, one workgroup per arm: network, muscles, body, sensitivities and descent, macro step by
// macro step. Every lane computes all that belongs to the arm as a whole; only the reservoir and its traces are
// divided among lanes.
//
// A dispatch begins and ends between windows, where all sensitivities are zero, so that arm_state holds only the
// network and the body. Needs, beside what neurons.wgsl does, TICKS (per macro step), WINDOW (macro steps),
// RESET_STEP, EARLY_STEPS, MOMENTUM, CLIP, ENERGY_*, KEPT_*, STEP_S, WATCHED, MOTION_HEAD, and of the root module
// fired_before, sum_of_lanes, settled.
#import structs/ArmRun
#import structs/Arm
#import structs/ArmOutcome
#import networks/reservoir/neurons
#import algorithms/forward_sensitivity/traces
var<uniform> arm_run: ArmRun;
var<storage, read> arm_in: array<Arm>;
var<storage, read_write> arm_weights_inout: array<vec2<f32>>;
var<storage, read> reservoir_in: array<f32>;
var<storage, read_write> arm_state_inout: array<f32>;
var<storage, read_write> arm_outcome_inout: array<ArmOutcome>;
var<storage, read_write> arm_spikes_inout: array<u32>;
var<storage, read_write> arm_motion_out: array<u32>;

const AT_BODY = 10u;                 // in a state, after inputs and outputs
const COUNTED = N + 4u;              // neurons with a count of spikes
const MOTION = MOTION_HEAD + TICKS * (WORDS + 1u); // words of a macro step in arm_motion

var<private> arm: u32;
var<private> rows: u32;              // where the arm's reservoir begins
var<private> weights: u32;           // where its readout weights begin
var<private> count: array<u32, ROOM>;
var<private> spikes_in: vec2<f32>;   // counts
var<private> spikes_out: vec2<f32>;

fn word(at: u32) -> f32 {
    return arm_state_inout[at];
}

fn put(at: u32, value: f32) {
    arm_state_inout[at] = value;
}

fn counted(n: u32, fires: bool) {
    count[n] += select(0u, 1u, fires);
}

fn readout(neuron: u32) -> vec2<f32> {
    return arm_weights_inout[weights + neuron];
}

fn add_row(row: u32) {
    let at = rows + row * N + lane;
    for (var n = 0u; n < own(); n++) {
        i_syn[n] += reservoir_in[at + n * LANES];
    }
}

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

// Loads what the last dispatch left; an iteration begins with everything at rest.
fn load() {
    let at = arm * N_STATE;
    if (arm_run.first == 0u) {
        rest();
        return;
    }
    load_network(at);
    for (var n = 0u; n < own(); n++) {
        count[n] = arm_spikes_inout[arm * COUNTED + neuron_of(n)];
    }
    qpos_0 = word(at + AT_BODY);
    qvel_0 = word(at + AT_BODY + 1u);
    qacc_0 = word(at + AT_BODY + 2u);
    act_0 = word(at + AT_BODY + 3u);
    act_1 = word(at + AT_BODY + 4u);
}

fn store() {
    let at = arm * N_STATE;
    store_network(at);
    for (var n = 0u; n < own(); n++) {
        arm_spikes_inout[arm * COUNTED + neuron_of(n)] = count[n];
    }
    if (lane != 0u) {
        return;
    }
    put(at + AT_BODY, qpos_0);
    put(at + AT_BODY + 1u, qvel_0);
    put(at + AT_BODY + 2u, qacc_0);
    put(at + AT_BODY + 3u, act_0);
    put(at + AT_BODY + 4u, act_1);
    let counts = arm * COUNTED + N;
    for (var k = 0u; k < 2u; k++) {
        let fresh = arm_run.first == 0u;
        arm_spikes_inout[counts + k] = select(arm_spikes_inout[counts + k], 0u, fresh) + u32(spikes_in[k]);
        arm_spikes_inout[counts + 2u + k] = select(arm_spikes_inout[counts + 2u + k], 0u, fresh) + u32(spikes_out[k]);
    }
}

// Advances the network, its sensitivities and the activations by one tick. The sensitivities depend on the outputs
// before it.
fn tick() {
    let current = spread();
    let act = vec2<f32>(act_0, act_1);
    let shared_gates = gates(u_out, i_out, fired_out, ticks, held(ticks, fired_out), act);
    for (var n = 0u; n < own(); n++) {
        sense(n, shared_gates, fired_before(n));
    }
    advance(current, qpos_0);
    let on = stimulation(ticks);
    let next = on * (1.0 - KEPT_ON * (1.0 - act)) + (1.0 - on) * (KEPT_OFF * act);
    act_0 = next.x;
    act_1 = next.y;
    spikes_in += fired_in;
    spikes_out += fired_out;
}

// Takes a step of Nesterov's descent along the window's gradient, clipped to the norm CLIP; returns the norm before.
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
            let at = weights + neuron_of(n);
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
    let at = ((arm - arm_run.first_arm) * WATCHED + step) * MOTION + MOTION_HEAD + t * (WORDS + 1u);
    if (lane == 0u) {
        for (var w = 0u; w < WORDS; w++) {
            arm_motion_out[at + w] = spikes_of(w);
        }
        let inputs = u32(fired_in.x) | (u32(fired_in.y) << 1u);
        arm_motion_out[at + WORDS] = inputs | (u32(fired_out.x) << 2u) | (u32(fired_out.y) << 3u);
    }
}

// Returns `count` in a form unknown to the compiler: drivers unroll loops of known length and compile every copy.
fn opaque(count: u32) -> u32 {
    return select(count, 0u, arm_run.arms == 0u);
}

@compute @workgroup_size(LANES)
fn iterate(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let own_arm = arm_run.first_arm + id.x + id.y * groups.x; // the same for all lanes, which a private variable does not tell
    if (own_arm >= arm_run.arms) {
        return;
    }
    arm = own_arm;
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
