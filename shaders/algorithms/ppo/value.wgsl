// The value network: observation -> VALUE_UNITS tanh -> VALUE_UNITS tanh -> 1. An invocation computes a row, so that
// weights are the same for all lanes; it goes through the units of a layer block by block. The first layer stands in
// ppo_value_tape, by quads, [quad][row], because drivers turn places in private arrays that are known only at run time
// into branches.
//
// Parameters from AT_VALUE on: W1 [D_OBS][VALUE_UNITS], b1, W2 [VALUE_UNITS][VALUE_UNITS], b2, w3, b3 and padding.
//
// Needs D_OBS, VALUE_UNITS, AT_VALUE (a multiple of 4), BLOCK, and TAPE_ROWS (a multiple of 64) of the importing
// module.
#import numerics/tanh
#import algorithms/ppo/opaque
#import algorithms/ppo/blocks/shared
var<storage, read> theta_in: array<vec4<f32>>;
var<storage, read> ppo_obs_in: array<f32>;
var<storage, read_write> ppo_value_tape_inout: array<vec4<f32>>;

const VALUE_QUADS = VALUE_UNITS / 4u;
const VALUE_BLOCKS = VALUE_QUADS / BLOCK;
const VALUE_BIAS1 = D_OBS;                   // rows
const VALUE_HIDDEN = D_OBS + 1u;
const VALUE_BIAS2 = VALUE_HIDDEN + VALUE_UNITS;
const VALUE_OUT = VALUE_BIAS2 + 1u;
const VALUE_ROWS = VALUE_OUT + 1u;           // then b3

// Returns where a block of a row begins.
fn block_at(row: u32, block: u32) -> u32 {
    return AT_VALUE / 4u + row * VALUE_QUADS + block * BLOCK;
}

fn value_tape_at(vector: u32, q: u32, tape_row: u32) -> u32 {
    return (vector * VALUE_QUADS + q) * TAPE_ROWS + tape_row;
}

// Puts the first layer on the tape.
fn first_layer(row: u32, tape_row: u32) {
    for (var block = 0u; block < opaque(VALUE_BLOCKS); block++) {
        begin_sums(block_at(VALUE_BIAS1, block));
        for (var i = 0u; i < opaque(D_OBS); i++) {
            add_row(ppo_obs_in[row * D_OBS + i], block_at(i, block));
        }
        for (var k = 0u; k < BLOCK; k++) {
            ppo_value_tape_inout[value_tape_at(0u, block * BLOCK + k, tape_row)] = tanh4(sums[k]);
        }
    }
}

// Leaves a block of the second layer in `sums`.
fn second_layer(block: u32, tape_row: u32) {
    begin_sums(block_at(VALUE_BIAS2, block));
    for (var q = 0u; q < opaque(VALUE_QUADS); q++) {
        let h = ppo_value_tape_inout[value_tape_at(0u, q, tape_row)];
        let row = VALUE_HIDDEN + 4u * q;
        add_row(h.x, block_at(row, block));
        add_row(h.y, block_at(row + 1u, block));
        add_row(h.z, block_at(row + 2u, block));
        add_row(h.w, block_at(row + 3u, block));
    }
    for (var k = 0u; k < BLOCK; k++) {
        sums[k] = tanh4(sums[k]);
    }
}

fn bias_of_value() -> f32 {
    return theta_in[block_at(VALUE_ROWS, 0u)].x;
}
