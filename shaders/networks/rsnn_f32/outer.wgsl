// Gradients of the weights of inputs and read-out: part 0 has the rows of the inputs, part 1 those of the actions.
//
// Needs SUBSTEPS, HEAD, R_IN, R_OUT, and the constants of algorithms/ppo/outer and layout_by_sequence.
#import algorithms/ppo/outer
#import algorithms/ppo/layout_by_sequence
#import networks/rsnn_f32/outer_lines
var<storage, read> ppo_tape_in: array<vec4<f32>>;
var<storage, read> ppo_head_in: array<f32>;

fn kind_of(part: u32) -> u32 {
    return part;
}

fn lines(kind: u32, first: u32, frame: u32) -> vec4<f32> {
    if (kind == 0u) {
        let sequence = sequence_of(frame % SEQUENCES, ppo_learning_in.update);
        return R_IN * input_lines(row_of(sequence, frame / SEQUENCES), first);
    }
    let at = head_at(frame);
    let last = D_ACT - 1u;
    return R_OUT * vec4<f32>(
        ppo_head_in[at + min(first, last)], ppo_head_in[at + min(first + 1u, last)],
        ppo_head_in[at + min(first + 2u, last)], ppo_head_in[at + min(first + 3u, last)],
    );
}

// Returns what reaches the inputs, or the rates that are read out.
fn adjoint_of(part: u32, quad: u32, frame: u32) -> vec4<f32> {
    let vector = select(0u, 1u + SUBSTEPS, part == 0u);
    return ppo_tape_in[tape_at(frame / SEQUENCES, vector, quad, frame % SEQUENCES)];
}
