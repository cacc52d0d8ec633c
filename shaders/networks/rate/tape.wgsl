// What the forward and the backward pass of a network without spikes share: a workgroup has GROUP sequences of a
// minibatch and walks through their steps; LANES invocations per sequence own its units, and sequences are side by
// side, so that weights are the same for neighbours.
//
// The tape has, for each step: the outputs, further carried vectors, what a cell keeps for its adjoint, the adjoints of
// its sums, and the adjoints of what it carried.
//
// Needs GROUP, LANES, UNITS, D_OBS, N_CARRIED, TAPE_CARRIED, TAPE_KEPT, TAPE_SUMS, and the constants of
// algorithms/ppo/batch and layout.
#import structs/PpoFrame
#import structs/ppo_flags
#import algorithms/ppo/batch
#import algorithms/ppo/layout
#import algorithms/ppo/theta_words
var<storage, read> ppo_frame_in: array<PpoFrame>;
var<storage, read> ppo_state_in: array<vec4<f32>>;
var<storage, read_write> ppo_tape_inout: array<vec4<f32>>;

const QUADS = UNITS / 4u;
const OWN_QUADS = QUADS / LANES;
const KEPT_AT = TAPE_CARRIED;                // vectors of the tape
const SUMS_AT = KEPT_AT + TAPE_KEPT;
const SENT_AT = SUMS_AT + TAPE_SUMS;

var<private> lane: u32;
var<private> b: u32;                         // sequence in the minibatch
var<private> sequence: vec2<u32>;
var<private> t: u32;
var<private> begins: bool;                   // the state begins anew before step t

fn enter(group: u32, local: u32) {
    b = group * GROUP + local % GROUP;
    lane = local / GROUP;
    sequence = sequence_of(b, ppo_learning_in.update);
}

fn began(step: u32) -> bool {
    return (ppo_frame_in[row_of(sequence, step)].flags & BEGAN) != 0u;
}

// Goes to a step; within a segment, an episode may have ended before it.
fn go_to(step: u32) {
    t = step;
    begins = step > 0u && began(step);
}

fn quad(q: u32) -> u32 {
    return lane + LANES * q;
}

fn own_weights(row: u32, q: u32) -> vec4<f32> {
    return theta_in[row * QUADS + quad(q)];
}

fn taped(vector: u32, quad: u32) -> vec4<f32> {
    return ppo_tape_inout[tape_at(t, vector, quad, b)];
}

// Returns a quad of a carried vector as step t finds it.
fn before(which: u32, quad: u32) -> vec4<f32> {
    if (begins) {
        return vec4<f32>();
    }
    if (t == 0u) {
        let slot = sequence.x * ENVIRONMENTS + sequence.y;
        return ppo_state_in[(slot * N_CARRIED + which) * QUADS + quad];
    }
    return ppo_tape_inout[tape_at(t - 1u, which, quad, b)];
}

fn carried(which: u32, q: u32) -> vec4<f32> {
    return before(which, quad(q));
}
