// Neurons, input and stimulation of the embodied spiking network of Brand (2024), time in ms. All spikes of a tick
// follow from the membranes before it: S = H(U - 1), U' = (1 - S)(beta U + I dt), I' = alpha I + I_in (equations 2.4
// to 2.6). Constants: DT_MS, DECAY_SYNAPSE, DECAY_MEMBRANE, INPUT_LOW, INPUT_SLOPE, INPUT_SPAN, INPUT_DEAD,
// HOLD_TICKS.

const THRESHOLD = 1.0;

fn membrane2(u: vec2<f32>, i_syn: vec2<f32>, spike: vec2<f32>) -> vec2<f32> {
    return (1.0 - spike) * (DECAY_MEMBRANE * u + DT_MS * i_syn);
}

fn membrane1(u: f32, i_syn: f32, spike: bool) -> f32 {
    return select(DECAY_MEMBRANE * u + DT_MS * i_syn, 0.0, spike);
}

fn spikes2(u: vec2<f32>) -> vec2<f32> {
    return select(vec2<f32>(), vec2<f32>(1.0), u >= vec2<f32>(THRESHOLD));
}

// Returns the surrogate derivative of a spike by the value that is compared with 0: that of x / (1 + |x|)
// (SuperSpike).
fn surrogate(x: vec2<f32>) -> vec2<f32> {
    let size = 1.0 + abs(x);
    return 1.0 / (size * size);
}

// Returns the current of the two input neurons per tick: the first responds to positive angles, the second to negative
// ones.
fn input_current(angle: f32) -> vec2<f32> {
    let to = vec2<f32>(angle, -angle);
    let current = INPUT_LOW + INPUT_SLOPE * min(to, vec2<f32>(INPUT_SPAN));
    return select(vec2<f32>(), current, to > vec2<f32>(INPUT_DEAD));
}

// Returns the ticks that a stimulation still lasts: a spike sets them to HOLD_TICKS; at rest they are -1.
fn held(ticks: vec2<f32>, spike: vec2<f32>) -> vec2<f32> {
    return (1.0 - spike) * max(ticks - 1.0, vec2<f32>(-1.0)) + spike * HOLD_TICKS;
}

fn stimulation(ticks: vec2<f32>) -> vec2<f32> {
    return select(vec2<f32>(), vec2<f32>(1.0), ticks >= vec2<f32>());
}
