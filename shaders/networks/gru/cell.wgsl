// Gated recurrent unit (Cho et al., 2014) in Flax's convention: the reset gate acts on the candidate's recurrent sum.
#import networks/rate/frame
#import numerics/sigmoid
#import numerics/tanh

var<private> candidate: array<vec4<f32>, OWN_QUADS>;

fn cell() {
    clear_sums();
    add_lines(ROW_INPUT_RESET, 0u, INPUT_LINES);
    add_lines(ROW_HIDDEN_RESET, UNIT_LINES, UNITS);
    add_bias(ROW_BIAS_RESET);
    for (var q = 0u; q < OWN_QUADS; q++) {
        candidate[q] = sigmoid4(sums[q]);
    }
    clear_sums();
    add_lines(ROW_HIDDEN_CANDIDATE, UNIT_LINES, UNITS);
    add_bias(ROW_BIAS_HIDDEN_CANDIDATE);
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] *= candidate[q];
    }
    add_lines(ROW_INPUT_CANDIDATE, 0u, INPUT_LINES);
    add_bias(ROW_BIAS_CANDIDATE);
    for (var q = 0u; q < OWN_QUADS; q++) {
        candidate[q] = tanh4(sums[q]);
    }
    clear_sums();
    add_lines(ROW_INPUT_UPDATE, 0u, INPUT_LINES);
    add_lines(ROW_HIDDEN_UPDATE, UNIT_LINES, UNITS);
    add_bias(ROW_BIAS_UPDATE);
    for (var q = 0u; q < OWN_QUADS; q++) {
        let update = sigmoid4(sums[q]);
        let hidden = carried(0u, q);
        outputs[q] = candidate[q] + update * (hidden - candidate[q]);
        carry(0u, q, outputs[q]);
    }
}
