// Sensitivities of the arm to its readout weights: exact real-time recurrent learning with SuperSpike surrogates. Only
// the path from the angle back into the reservoir is left out, because it takes more than 10 ms (Brand 2024, algorithm
// 1, "FPTT"). The weight from reservoir neuron i to output k reaches the body through output k alone, so that 11
// numbers per neuron are enough.
//
// Needs own (number of a lane's neurons), ROOM (length of arrays for them), the neurons' equations, and the
// derivatives of a step of the body.

var<private> trace: array<f32, ROOM>;                 // synaptic trace of own neurons: d i_syn / d weight
var<private> d_membrane: array<vec2<f32>, ROOM>;      // by output
var<private> d_held: array<vec2<f32>, ROOM>;
var<private> d_act: array<vec2<f32>, ROOM>;
var<private> d_angle: array<vec2<f32>, ROOM>;
var<private> d_velocity: array<vec2<f32>, ROOM>;
var<private> gradient: array<vec2<f32>, ROOM>;

fn clear_traces() {
    for (var n = 0u; n < own(); n++) {
        trace[n] = 0.0;
        d_membrane[n] = vec2<f32>();
        d_held[n] = vec2<f32>();
        d_act[n] = vec2<f32>();
        d_angle[n] = vec2<f32>();
        d_velocity[n] = vec2<f32>();
        gradient[n] = vec2<f32>();
    }
}

// Derivatives of the outputs in a tick, which all neurons share.
struct Gates {
    membrane: vec2<f32>,   // d U' / d U
    current: vec2<f32>,    // d U' / d I
    spike: vec2<f32>,      // d S / d U
    held: vec2<f32>,       // d held' / d held
    begun: vec2<f32>,      // d held' / d S
    stimulated: vec2<f32>, // d act' / d held'
    act: vec2<f32>,        // d act' / d act
}

fn gates(u: vec2<f32>, i_syn: vec2<f32>, spike: vec2<f32>, before: vec2<f32>, after: vec2<f32>, act: vec2<f32>) -> Gates {
    var gates: Gates;
    let slope = surrogate(u - THRESHOLD);
    gates.membrane = (1.0 - spike) * DECAY_MEMBRANE - slope * (DECAY_MEMBRANE * u + DT_MS * i_syn);
    gates.current = (1.0 - spike) * DT_MS;
    gates.spike = slope;
    gates.held = select(vec2<f32>(), 1.0 - spike, before > vec2<f32>());
    gates.begun = HOLD_TICKS - max(before - 1.0, vec2<f32>(-1.0));
    let on = stimulation(after);
    gates.stimulated = surrogate(after) * ((1.0 - (1.0 - act) * KEPT_ON) - act * KEPT_OFF);
    gates.act = on * KEPT_ON + (1.0 - on) * KEPT_OFF;
    return gates;
}

// Advances the sensitivities of own neuron n by one tick.
fn sense(n: u32, gates: Gates, fired: bool) {
    let before = d_membrane[n];
    let d_spike = gates.spike * before;
    d_membrane[n] = gates.membrane * before + gates.current * trace[n];
    d_held[n] = gates.held * d_held[n] + gates.begun * d_spike;
    d_act[n] = gates.act * d_act[n] + gates.stimulated * d_held[n];
    trace[n] = DECAY_SYNAPSE * trace[n] + select(0.0, 1.0, fired);
    gradient[n] += ENERGY_SPIKE * d_spike;
}

// Advances the sensitivities by one step of the body; `angle` and `act` are those after it. Beyond the joint's range
// nothing depends on weights.
fn sense_body(angle: f32, act: vec2<f32>) {
    let by_act = vec2<f32>(slope_act_0, slope_act_1);
    for (var n = 0u; n < own(); n++) {
        let velocity = slope_qpos * d_angle[n] + slope_qvel * d_velocity[n] + by_act * d_act[n];
        d_velocity[n] = slope_free * velocity;
        d_angle[n] = slope_free * (d_angle[n] + STEP_S * velocity);
        gradient[n] += 2.0 * angle * d_angle[n] + 2.0 * ENERGY_ACT * (act * d_act[n]);
    }
}
