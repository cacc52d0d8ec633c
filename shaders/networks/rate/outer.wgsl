// Gradients of the weights of a network without spikes: rows are observations, units of the step before, constants, or
// actions.
//
// Needs for each part PART_KIND (0 observation, 1 units, 2 constant, 3 actions) and PART_SUM (the sum it is part of),
// HEAD, and the constants of algorithms/ppo/outer and tape.wgsl.
#import networks/rate/tape
#import algorithms/ppo/outer
var<storage, read> ppo_head_in: array<f32>;

fn kind_of(part: u32) -> u32 {
    return PART_KIND[part];
}

fn lines(kind: u32, first: u32, frame: u32) -> vec4<f32> {
    switch (kind) {
        case 0u: {
            let sequence = sequence_of(frame % SEQUENCES, ppo_learning_in.update);
            return seen_lines(row_of(sequence, frame / SEQUENCES), first);
        }
        case 1u: {
            let quad = min(first / 4u, QUADS - 1u);
            return ppo_tape_inout[tape_at(frame / SEQUENCES, HEARD_AT, quad, frame % SEQUENCES)];
        }
        default: {
            let at = head_at(frame);
            let last = D_ACT - 1u;
            return vec4<f32>(
                ppo_head_in[at + min(first, last)], ppo_head_in[at + min(first + 1u, last)],
                ppo_head_in[at + min(first + 2u, last)], ppo_head_in[at + min(first + 3u, last)],
            );
        }
    }
}

fn adjoint_of(part: u32, quad: u32, frame: u32) -> vec4<f32> {
    let vector = select(SUMS_AT + PART_SUM[part], 0u, PART_KIND[part] == 3u);
    return ppo_tape_inout[tape_at(frame / SEQUENCES, vector, quad, frame % SEQUENCES)];
}
