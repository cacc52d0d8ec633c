// The value network's loss on a minibatch, mean[(V - target)^2 / 2] times VALUE_COEFFICIENT, and the adjoints of its
// units. One invocation per frame.
//
// Adjoints are found before the error is known, as those of V, which the error multiplies at the end.
//
// ppo_value_tape: [h1 | adjoints before h1's tanh | h2 | adjoints before h2's tanh | (adjoint of V, loss, 0, 0)], by
// quads, [quad][frame].
//
// Needs VALUE_COEFFICIENT, VALUE_TAPE_ROWS, and the constants of value.wgsl and batch.wgsl.
#import structs/PpoFrame
#import algorithms/ppo/batch
#import algorithms/ppo/value
var<storage, read> ppo_frame_in: array<PpoFrame>;

const TAPE_ROWS = VALUE_TAPE_ROWS;

// Sends a block of the second layer, which stands in `sums`, back to the first one.
fn send_back(block: u32, frame: u32) {
    for (var k = 0u; k < BLOCK; k++) {
        let h = sums[k];
        ppo_value_tape_inout[value_tape_at(2u, block * BLOCK + k, frame)] = h;
        sums[k] = 1.0 - h * h;
    }
    scale_sums(block_at(VALUE_OUT, block));
    for (var k = 0u; k < BLOCK; k++) {
        ppo_value_tape_inout[value_tape_at(3u, block * BLOCK + k, frame)] = sums[k];
    }
    for (var q = 0u; q < opaque(VALUE_QUADS); q++) {
        let row = VALUE_HIDDEN + 4u * q;
        let sent = vec4<f32>(
            added_up(row_parts(block_at(row, block))), added_up(row_parts(block_at(row + 1u, block))),
            added_up(row_parts(block_at(row + 2u, block))), added_up(row_parts(block_at(row + 3u, block))),
        );
        let at = value_tape_at(1u, q, frame);
        if (block == 0u) {
            ppo_value_tape_inout[at] = sent;
        } else {
            ppo_value_tape_inout[at] += sent;
        }
    }
}

@compute @workgroup_size(64)
fn value_learn(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = 64u * (id.x + id.y * groups.x);
    if (first >= FRAMES) {
        return;
    }
    enter_blocks(local);
    // invocations beyond the last frame help to read the weights
    let frame = first + local;
    let seen = min(frame, FRAMES - 1u);
    let row = row_of(sequence_of(seen % SEQUENCES, ppo_learning_in.update), seen / SEQUENCES);
    first_layer(row, frame);
    var value = bias_of_value();
    for (var block = 0u; block < opaque(VALUE_BLOCKS); block++) {
        second_layer(block, frame);
        value += added_up(row_parts(block_at(VALUE_OUT, block)));
        send_back(block, frame);
    }
    let error = value - ppo_frame_in[row].value_target;
    let of_value = VALUE_COEFFICIENT * error / f32(FRAMES);
    for (var q = 0u; q < opaque(VALUE_QUADS); q++) {
        let h = ppo_value_tape_inout[value_tape_at(0u, q, frame)];
        ppo_value_tape_inout[value_tape_at(1u, q, frame)] *= of_value * (1.0 - h * h);
        ppo_value_tape_inout[value_tape_at(3u, q, frame)] *= of_value;
    }
    ppo_value_tape_inout[value_tape_at(4u, 0u, frame)] =
        vec4<f32>(of_value, 0.5 * VALUE_COEFFICIENT * error * error, 0.0, 0.0);
}
