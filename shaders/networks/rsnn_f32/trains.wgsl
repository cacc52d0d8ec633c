// Gradients of the recurrent weights: to the row of a neuron, g_i of every substep after the neuron fired is added. A
// workgroup per neuron; a lane has OWN_QUADS quads of columns.
//
// Needs UNITS, SUBSTEPS, TRAIN_LANES, LINES, R_HIDDEN, and the constants of algorithms/ppo/gradient and layout_by_sequence.
#import algorithms/ppo/gradient
#import algorithms/ppo/layout_by_sequence
#import networks/rsnn_f32/layout_trains
#import algorithms/ppo/opaque
var<storage, read> ppo_tape_in: array<vec4<f32>>;
var<storage, read> ppo_trains_in: array<vec4<u32>>;

const QUADS = UNITS / 4u;
const OWN_QUADS = QUADS / TRAIN_LANES;

var<private> sums: array<vec4<f32>, OWN_QUADS>;

fn add_spikes(train: u32, first: u32, b: u32, t: u32, local: u32) {
    var pending = train;
    while (pending != 0u) {
        let at = tape_at(t, 1u + first + firstTrailingBit(pending), local, b);
        pending &= pending - 1u;
        for (var q = 0u; q < OWN_QUADS; q++) {
            sums[q] += ppo_tape_in[at + TRAIN_LANES * q];
        }
    }
}

@compute @workgroup_size(TRAIN_LANES)
fn trains(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let neuron = id.x;
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] = vec4<f32>();
    }
    for (var word = 0u; word < opaque(TRAIN_WORDS); word++) {
        for (var frame = 0u; frame < opaque(FRAMES); frame++) {
            let at = train_at(frame % BPTT, word, neuron / 4u, frame / BPTT);
            add_spikes(ppo_trains_in[at][neuron % 4u], 32u * word, frame / BPTT, frame % BPTT, local);
        }
    }
    let row = (LINES + neuron) * QUADS + local;
    for (var q = 0u; q < OWN_QUADS; q++) {
        add_gradient(row + TRAIN_LANES * q, R_HIDDEN * sums[q]);
    }
}
