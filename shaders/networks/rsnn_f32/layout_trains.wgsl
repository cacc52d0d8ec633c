// Places of the spike trains: for each step of a sequence, a bit per substep and neuron, 32 substeps a word.
//
// Needs BPTT, UNITS, SUBSTEPS.
const TRAIN_WORDS = (SUBSTEPS + 31u) / 32u;

// Returns the place of the words of a quad of neurons.
fn train_at(t: u32, word: u32, quad: u32, b: u32) -> u32 {
    return ((quad * TRAIN_WORDS + word) * SEQUENCES + b) * BPTT + t;
}
