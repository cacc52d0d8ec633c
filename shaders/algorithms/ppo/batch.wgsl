// Frames of the current minibatch: BPTT steps of SEQUENCES sequences, in the order that the host has drawn. A minibatch
// whose tape would be too large is gone through in ROUNDS rounds of as many.
//
// Needs ENVIRONMENTS, BPTT, SEQUENCES, ROUNDS, HEAD.
#import algorithms/ppo/learning
var<storage, read> ppo_order_in: array<u32>;

const FRAMES = BPTT * SEQUENCES;             // of a round

// Returns the number of the round.
fn round_now() -> u32 {
    return select(ppo_learning_in.round, 0u, ROUNDS == 1u);
}

// Returns the sequence with number b of the round: its segment and environment.
fn sequence_of(b: u32, update: u32) -> vec2<u32> {
    let sequence = ppo_order_in[(update * ROUNDS + round_now()) * SEQUENCES + b];
    return vec2<u32>(sequence / ENVIRONMENTS, sequence % ENVIRONMENTS);
}

// Returns the row of step t of a sequence in what the rollout recorded.
fn row_of(sequence: vec2<u32>, t: u32) -> u32 {
    return (sequence.x * BPTT + t) * ENVIRONMENTS + sequence.y;
}

// Returns the first word of a frame of the round in the head's part of the minibatch.
fn head_at(frame: u32) -> u32 {
    return (round_now() * FRAMES + frame) * HEAD;
}
