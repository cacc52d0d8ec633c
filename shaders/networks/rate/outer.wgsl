// Gradients of the weights of a network without spikes: rows are observations, units of the step before, constants, or
// actions.
//
// Needs for each part PART_KIND (0 observation, 1 units, 2 constant, 3 actions) and PART_SUM (the sum it is part of),
// HEAD, and the constants of algorithms/ppo/outer and tape.wgsl.
#import networks/rate/tape
#import algorithms/ppo/outer
var<storage, read> ppo_head_in: array<f32>;

// Goes to a frame of the minibatch.
fn seek(frame: u32) {
    b = frame % SEQUENCES;
    sequence = sequence_of(b, ppo_learning_in.update);
    go_to(frame / SEQUENCES);
}

fn lines(part: u32, first: u32, frame: u32) -> vec4<f32> {
    switch (PART_KIND[part]) {
        case 0u: {
            return seen_lines(row_of(sequence, t), first);
        }
        case 1u: {
            return before(0u, first / 4u);
        }
        case 2u: {
            return vec4<f32>(1.0);
        }
        default: {
            let at = frame * HEAD;
            let last = D_ACT - 1u;
            return vec4<f32>(
                ppo_head_in[at + first], ppo_head_in[at + min(first + 1u, last)],
                ppo_head_in[at + min(first + 2u, last)], ppo_head_in[at + min(first + 3u, last)],
            );
        }
    }
}

fn adjoint_of(part: u32, quad: u32, frame: u32) -> vec4<f32> {
    seek(frame);
    return taped(select(SUMS_AT + PART_SUM[part], 0u, PART_KIND[part] == 3u), quad);
}
