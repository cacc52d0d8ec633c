// Gradients of the value network's weights: parts W1, b1, W2, b2, w3 in the order of theta.
//
// Needs D_OBS, VALUE_UNITS, VALUE_TAPE_ROWS, and the constants of outer.wgsl.
#import algorithms/ppo/outer
var<storage, read> ppo_value_tape_in: array<vec4<f32>>;

fn kind_of(part: u32) -> u32 {
    const KINDS = array<u32, 5>(0u, 2u, 1u, 2u, 3u);
    return KINDS[part];
}

fn lines(kind: u32, first: u32, frame: u32) -> vec4<f32> {
    switch (kind) {
        case 0u: {
            let row = row_of(sequence_of(frame % SEQUENCES, ppo_learning_in.update), frame / SEQUENCES);
            return seen_lines(row, first);
        }
        case 1u: {
            return ppo_value_tape_in[min(first / 4u, OUTER_QUADS - 1u) * VALUE_TAPE_ROWS + frame];
        }
        default: {
            return vec4<f32>(ppo_value_tape_in[4u * OUTER_QUADS * VALUE_TAPE_ROWS + frame].x);
        }
    }
}

fn adjoint_of(part: u32, quad: u32, frame: u32) -> vec4<f32> {
    var vector = 1u; // before h1's tanh
    if (part >= 2u) {
        vector = select(3u, 2u, part == 4u); // before h2's tanh; h2 itself
    }
    return ppo_value_tape_in[(vector * OUTER_QUADS + quad) * VALUE_TAPE_ROWS + frame];
}
