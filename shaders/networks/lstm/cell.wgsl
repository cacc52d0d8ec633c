// Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate by Gers et al., 2000), without peepholes, as
// in Flax.
#import networks/rate/frame
#import numerics/sigmoid
#import numerics/tanh

const ROWS = ROW_INPUT_CANDIDATE - ROW_INPUT_INPUT; // of a gate
var<private> memory: array<vec4<f32>, OWN_QUADS>;

fn cell() {
    for (var stage = 0u; stage < opaque(4u); stage++) {
        clear_sums();
        add_layer(ROW_INPUT_INPUT + ROWS * stage, 0u, INPUT_LINES + UNITS);
        finish_stage(stage);
    }
}

// Applies a gate to the memory; gates have the order of theta: input, candidate, forget, output.
fn finish_stage(stage: u32) {
    switch (stage) {
        case 0u: {
            for (var q = 0u; q < OWN_QUADS; q++) {
                memory[q] = sigmoid4(sums[q]);
                keep(0u, q, memory[q]);
            }
        }
        case 1u: {
            for (var q = 0u; q < OWN_QUADS; q++) {
                let candidate = tanh4(sums[q]);
                keep(1u, q, candidate);
                memory[q] *= candidate;
            }
        }
        case 2u: {
            for (var q = 0u; q < OWN_QUADS; q++) {
                let forget = sigmoid4(sums[q]);
                keep(2u, q, forget);
                memory[q] += forget * carried(1u, q);
                carry(1u, q, memory[q]);
            }
        }
        default: {
            for (var q = 0u; q < OWN_QUADS; q++) {
                let gate = sigmoid4(sums[q]);
                keep(3u, q, gate);
                outputs[q] = gate * tanh4(memory[q]);
                carry(0u, q, outputs[q]);
            }
        }
    }
}
