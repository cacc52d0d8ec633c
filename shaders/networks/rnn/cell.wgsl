// Plain recurrent network (Elman, 1990): h' = tanh(W x + U h + b).
#import networks/rate/frame
#import numerics/tanh

fn cell() {
    clear_sums();
    add_layer(ROW_INPUT, 0u, INPUT_LINES + UNITS);
    for (var q = 0u; q < OWN_QUADS; q++) {
        outputs[q] = tanh4(sums[q]);
        carry(0u, q, outputs[q]);
    }
}
