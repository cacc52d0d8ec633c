// The value network: observation -> VALUE_UNITS tanh -> VALUE_UNITS tanh -> 1. An invocation computes a row, so that
// weights are the same for all lanes.
//
// Parameters from AT_VALUE on: W1 [D_OBS][VALUE_UNITS], b1, W2 [VALUE_UNITS][VALUE_UNITS], b2, w3, b3 and padding.
//
// Needs D_OBS, VALUE_UNITS, AT_VALUE (a multiple of 4).
#import numerics/tanh
#import algorithms/ppo/opaque
var<storage, read> theta_in: array<vec4<f32>>;
var<storage, read> ppo_obs_in: array<f32>;

const VALUE_QUADS = VALUE_UNITS / 4u;
const VALUE_BIAS1 = D_OBS;                   // rows
const VALUE_HIDDEN = D_OBS + 1u;
const VALUE_BIAS2 = VALUE_HIDDEN + VALUE_UNITS;
const VALUE_OUT = VALUE_BIAS2 + 1u;
const VALUE_ROWS = VALUE_OUT + 1u;           // then b3

var<private> h1: array<vec4<f32>, VALUE_QUADS>;
var<private> h2: array<vec4<f32>, VALUE_QUADS>;

fn value_weights(row: u32, q: u32) -> vec4<f32> {
    return theta_in[AT_VALUE / 4u + row * VALUE_QUADS + q];
}

fn value_of(row: u32) -> f32 {
    for (var q = 0u; q < VALUE_QUADS; q++) {
        h1[q] = value_weights(VALUE_BIAS1, q);
        h2[q] = value_weights(VALUE_BIAS2, q);
    }
    for (var i = 0u; i < opaque(D_OBS); i++) {
        let x = ppo_obs_in[row * D_OBS + i];
        for (var q = 0u; q < VALUE_QUADS; q++) {
            h1[q] += x * value_weights(i, q);
        }
    }
    for (var q = 0u; q < VALUE_QUADS; q++) {
        h1[q] = tanh4(h1[q]);
    }
    for (var i = 0u; i < opaque(VALUE_UNITS); i++) {
        let x = h1[i / 4u][i % 4u];
        for (var q = 0u; q < VALUE_QUADS; q++) {
            h2[q] += x * value_weights(VALUE_HIDDEN + i, q);
        }
    }
    var sum = value_weights(VALUE_ROWS, 0u).x;
    for (var q = 0u; q < VALUE_QUADS; q++) {
        h2[q] = tanh4(h2[q]);
        sum += dot(h2[q], value_weights(VALUE_OUT, q));
    }
    return sum;
}
