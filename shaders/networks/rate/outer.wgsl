// Gradients of the weights of a network without spikes: rows are observations, units of the step before, constants, or
// actions.
//
// Needs for each part PART_KIND (0 observation, 1 units, 2 constant, 3 actions) and PART_SUM (the sum it is part of), HEAD,
// and the constants of algorithms/ppo/outer and tape.wgsl.
#import networks/rate/tape
#import algorithms/ppo/outer
var<storage, read> ppo_obs_in: array<f32>;
var<storage, read> ppo_head_in: array<f32>;

// Goes to a frame of the minibatch.
fn seek(frame: u32) {
    b = frame % SEQUENCES;
    sequence = sequence_of(b, ppo_learning_in.update);
    go_to(frame / SEQUENCES);
}

fn line(part: u32, i: u32, frame: u32) -> f32 {
    switch (PART_KIND[part]) {
        case 0u: {
            return ppo_obs_in[row_of(sequence, t) * D_OBS + i];
        }
        case 1u: {
            return before(0u, i / 4u)[i % 4u];
        }
        case 2u: {
            return 1.0;
        }
        default: {
            return ppo_head_in[frame * HEAD + i];
        }
    }
}

fn adjoint_of(part: u32, quad: u32, frame: u32) -> vec4<f32> {
    seek(frame);
    return taped(select(SUMS_AT + PART_SUM[part], 0u, PART_KIND[part] == 3u), quad);
}
