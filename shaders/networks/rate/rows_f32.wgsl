// Layers of f32 weights and biases.
#import networks/rate/weights

const R_HIDDEN = 1.0;

fn quad(q: u32) -> u32 {
    return spread_quad(q);
}

fn send_input(i: u32, x: f32) {
    lines[i] = x;
}

// Weights have signs of their own.
fn signed(q: u32, value: vec4<f32>) -> vec4<f32> {
    return value;
}

fn add_bias(row: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] += own_weights(row, q);
    }
}

// Adds the bias of each side.
fn finish_action(a: u32, sum: f32) -> f32 {
    var bias = tail(a);
    for (var side = 1u; side < SIDES; side++) {
        bias += sign_of(a, side) * tail(action_of(a, side));
    }
    return clamp(sum + bias, -ACTION_BOUND, ACTION_BOUND);
}
