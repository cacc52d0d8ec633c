// Gated recurrent unit (Cho et al., 2014) in Flax's convention: the reset gate acts on the candidate's recurrent sum.
#import networks/rate/frame
#import numerics/sigmoid
#import numerics/tanh

var<private> candidate: array<vec4<f32>, OWN_QUADS>;

fn cell() {
    clear_sums();
    for (var stage = 0u; stage < opaque(4u); stage++) {
        var row = ROW_INPUT_RESET;
        var line = 0u;
        var count = INPUT_LINES + UNITS;
        switch (stage) {
            case 1u: {
                row = ROW_HIDDEN_CANDIDATE;
                line = UNIT_LINES;
                count = UNITS;
            }
            case 2u: {
                row = ROW_INPUT_CANDIDATE;
                count = INPUT_LINES;
            }
            case 3u: {
                row = ROW_INPUT_UPDATE;
            }
            default: {}
        }
        add_layer(row, line, count);
        finish_stage(stage);
    }
}

// Uses the sums of a stage, and leaves in them what the next stage adds to.
fn finish_stage(stage: u32) {
    switch (stage) {
        case 0u: {
            for (var q = 0u; q < OWN_QUADS; q++) {
                candidate[q] = sigmoid4(sums[q]);
                keep(0u, q, candidate[q]);
            }
            clear_sums();
        }
        case 1u: {
            for (var q = 0u; q < OWN_QUADS; q++) {
                keep(1u, q, sums[q]);
                sums[q] *= candidate[q];
            }
        }
        case 2u: {
            for (var q = 0u; q < OWN_QUADS; q++) {
                candidate[q] = tanh4(sums[q]);
                keep(2u, q, candidate[q]);
            }
            clear_sums();
        }
        default: {
            for (var q = 0u; q < OWN_QUADS; q++) {
                let hidden = carried(0u, q);
                let update = sigmoid4(sums[q]);
                keep(3u, q, update);
                outputs[q] = candidate[q] + update * (hidden - candidate[q]);
                carry(0u, q, outputs[q]);
            }
        }
    }
}
