// Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate by Gers et al., 2000), without peepholes, as Flax's.
#import networks/rate/frame
#import numerics/sigmoid
#import numerics/tanh

var<private> memory: array<vec4<f32>, OWN_QUADS>;

fn gate(input: u32, hidden: u32, bias: u32) {
    clear_sums();
    add_lines(input, 0u, INPUT_LINES);
    add_lines(hidden, UNIT_LINES, UNITS);
    add_bias(bias);
}

fn cell() {
    gate(ROW_INPUT_INPUT, ROW_HIDDEN_INPUT, ROW_BIAS_INPUT);
    for (var q = 0u; q < OWN_QUADS; q++) {
        memory[q] = sigmoid4(sums[q]);
    }
    gate(ROW_INPUT_CANDIDATE, ROW_HIDDEN_CANDIDATE, ROW_BIAS_CANDIDATE);
    for (var q = 0u; q < OWN_QUADS; q++) {
        memory[q] *= tanh4(sums[q]);
    }
    gate(ROW_INPUT_FORGET, ROW_HIDDEN_FORGET, ROW_BIAS_FORGET);
    for (var q = 0u; q < OWN_QUADS; q++) {
        memory[q] += sigmoid4(sums[q]) * carried(1u, q);
        carry(1u, q, memory[q]);
    }
    gate(ROW_INPUT_OUTPUT, ROW_HIDDEN_OUTPUT, ROW_BIAS_OUTPUT);
    for (var q = 0u; q < OWN_QUADS; q++) {
        outputs[q] = sigmoid4(sums[q]) * tanh4(memory[q]);
        carry(0u, q, outputs[q]);
    }
}
