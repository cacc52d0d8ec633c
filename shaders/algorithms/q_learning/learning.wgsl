// Exploration of learners, and steps along a gradient. Needs EPSILON_FROM, EPSILON_TO, EPSILON_DECAY (the time in which
// the difference between both falls to 1/e), LEARNING_RATE, BATCH.
#import numerics/exp

// Returns the probability of an action at random at a time.
fn epsilon(time: u32) -> f32 {
    return EPSILON_TO + (EPSILON_FROM - EPSILON_TO) * exp1(-f32(time) / EPSILON_DECAY);
}

// Takes a step of Adam (0.9, 0.999, 1e-8, corrected for its start) on one parameter, whose gradient is clipped to +-1.
// Returns the moments after the step, and the change of the parameter.
fn adam(moments: vec2<f32>, gradient: f32, bias: vec2<f32>) -> vec3<f32> {
    let clipped = clamp(gradient, -1.0, 1.0);
    let m = 0.9 * moments.x + 0.1 * clipped;
    let v = 0.999 * moments.y + 0.001 * clipped * clipped;
    let change = -LEARNING_RATE * (m / (1.0 - bias.x)) / (sqrt(v / (1.0 - bias.y)) + 1e-8);
    return vec3<f32>(m, v, change);
}

// Returns the adjoint of a value that missed its target: Huber's loss, mean over a minibatch.
fn huber(error: f32) -> f32 {
    return clamp(error, -1.0, 1.0) / f32(BATCH);
}
