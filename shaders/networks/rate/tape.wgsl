// The tape of a network without spikes: what forward and backward passes and the sums of gradients share.
//
// The tape has, for each step: the outputs, further carried vectors, what a cell keeps for its adjoint, the adjoints of
// its sums, the adjoints of what it carried, and the outputs that it heard from the step before. After the last step it
// has what the first one found.
//
// Needs UNITS, D_OBS, TAPE_CARRIED, TAPE_KEPT, TAPE_SUMS, and the constants of algorithms/ppo/batch and layout.
#import structs/PpoFrame
#import structs/ppo_flags
#import algorithms/ppo/batch
#import algorithms/ppo/layout
var<storage, read> ppo_frame_in: array<PpoFrame>;
var<storage, read_write> ppo_tape_inout: array<vec4<f32>>;

const QUADS = UNITS / 4u;
const KEPT_AT = TAPE_CARRIED;                // vectors of the tape
const SUMS_AT = KEPT_AT + TAPE_KEPT;
const SENT_AT = SUMS_AT + TAPE_SUMS;
const HEARD_AT = SENT_AT + TAPE_CARRIED;

var<private> b: u32;                         // sequence in the minibatch
var<private> sequence: vec2<u32>;
var<private> t: u32;
var<private> begins: bool;                   // the state begins anew before step t

fn began(step: u32) -> bool {
    return (ppo_frame_in[row_of(sequence, step)].flags & BEGAN) != 0u;
}

// Goes to a step; within a segment, an episode may have ended before it.
fn go_to(step: u32) {
    t = step;
    begins = step > 0u && began(step);
}

fn taped(vector: u32, quad: u32) -> vec4<f32> {
    return ppo_tape_inout[tape_at(t, vector, quad, b)];
}

// Returns a quad of a carried vector as step t finds it.
fn before(which: u32, quad: u32) -> vec4<f32> {
    let earlier = select(t - 1u, BPTT, t == 0u);
    return select(ppo_tape_inout[tape_at(earlier, which, quad, b)], vec4<f32>(), begins);
}
