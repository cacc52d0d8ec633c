// Places on the tape, which forward and backward passes write for the frames of a minibatch: vectors of units, by
// quads, in the order [step][vector][quad][sequence].
//
// Needs BPTT, SEQUENCES, UNITS, TAPE_VECTORS.
const TAPE_QUADS = UNITS / 4u;

fn tape_at(t: u32, vector: u32, quad: u32, b: u32) -> u32 {
    return ((t * TAPE_VECTORS + vector) * TAPE_QUADS + quad) * SEQUENCES + b;
}
