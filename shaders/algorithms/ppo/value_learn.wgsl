// The value network's loss on a minibatch, mean[(V - target)^2 / 2] times VALUE_COEFFICIENT, and the adjoints of its
// units. One invocation per frame.
//
// ppo_value_tape: [h1 | adjoints before h1's tanh | h2 | adjoints before h2's tanh | (adjoint of V, loss, 0, 0)], by
// quads, [quad][frame].
//
// Needs VALUE_COEFFICIENT, and the constants of value.wgsl and batch.wgsl.
#import structs/PpoFrame
#import algorithms/ppo/batch
#import algorithms/ppo/value
#import algorithms/ppo/opaque
var<storage, read> ppo_frame_in: array<PpoFrame>;
var<storage, read_write> ppo_value_tape_inout: array<vec4<f32>>;

@compute @workgroup_size(64)
fn value_learn(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let frame = gid.x + gid.y * groups.x * 64u;
    if (frame >= FRAMES) {
        return;
    }
    let row = row_of(sequence_of(frame % SEQUENCES, ppo_learning_in.update), frame / SEQUENCES);
    let error = value_of(row) - ppo_frame_in[row].value_target;
    let of_value = VALUE_COEFFICIENT * error / f32(FRAMES);
    for (var q = 0u; q < VALUE_QUADS; q++) {
        ppo_value_tape_inout[q * FRAMES + frame] = h1[q];
        ppo_value_tape_inout[(2u * VALUE_QUADS + q) * FRAMES + frame] = h2[q];
        ppo_value_tape_inout[(3u * VALUE_QUADS + q) * FRAMES + frame] =
            of_value * value_weights(VALUE_OUT, q) * (1.0 - h2[q] * h2[q]);
    }
    // what is known only at run time is read from the tape: drivers turn such places in registers into branches
    for (var q = 0u; q < opaque(VALUE_QUADS); q++) {
        let row = VALUE_HIDDEN + 4u * q;
        var sent = vec4<f32>();
        for (var p = 0u; p < opaque(VALUE_QUADS); p++) {
            let adjoint = ppo_value_tape_inout[(3u * VALUE_QUADS + p) * FRAMES + frame];
            sent += vec4<f32>(
                dot(adjoint, value_weights(row, p)), dot(adjoint, value_weights(row + 1u, p)),
                dot(adjoint, value_weights(row + 2u, p)), dot(adjoint, value_weights(row + 3u, p)),
            );
        }
        let h = ppo_value_tape_inout[q * FRAMES + frame];
        ppo_value_tape_inout[(VALUE_QUADS + q) * FRAMES + frame] = sent * (1.0 - h * h);
    }
    ppo_value_tape_inout[4u * VALUE_QUADS * FRAMES + frame] =
        vec4<f32>(of_value, 0.5 * VALUE_COEFFICIENT * error * error, 0.0, 0.0);
}
