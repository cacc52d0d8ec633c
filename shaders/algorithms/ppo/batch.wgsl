// Frames of the current minibatch: BPTT steps of SEQUENCES sequences, in the order that the host has drawn.
//
// Needs ENVIRONMENTS, BPTT, SEQUENCES.
#import algorithms/ppo/learning
var<storage, read> ppo_order_in: array<u32>;

const FRAMES = BPTT * SEQUENCES;             // of a minibatch

// Returns the sequence with number b of the minibatch: its segment and environment.
fn sequence_of(b: u32, update: u32) -> vec2<u32> {
    let sequence = ppo_order_in[update * SEQUENCES + b];
    return vec2<u32>(sequence / ENVIRONMENTS, sequence % ENVIRONMENTS);
}

// Returns the row of step t of a sequence in what the rollout recorded.
fn row_of(sequence: vec2<u32>, t: u32) -> u32 {
    return (sequence.x * BPTT + t) * ENVIRONMENTS + sequence.y;
}
