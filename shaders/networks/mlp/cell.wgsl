// One hidden layer: tanh(W x + b). Nothing is carried from step to step.
#import networks/rate/frame
#import numerics/tanh

fn cell() {
    clear_sums();
    add_layer(ROW_INPUT, 0u, INPUT_LINES);
    for (var q = 0u; q < OWN_QUADS; q++) {
        outputs[q] = tanh4(sums[q]);
    }
}
