// Long short-term memory in the unit's place, instead of gated.wgsl: c' = sigmoid(Wf c + 1) c + sigmoid(Wi c) tanh(Wg
// c), h' = sigmoid(Wo c) tanh(c'). The matrices stand in the order f, i, g, o; every gate changes its own columns
// alone.
const GATES = 4u;
const C_AT = G_AT;

fn begin_gate(g: u32) {
}

fn source(g: u32) -> u32 {
    return H_AT;
}

fn end_block(g: u32, b: u32) {
    for (var k = 0u; k < BLOCK; k++) {
        let j = column(b, k);
        if (is_column(j, MEMORY)) {
            let c = place(C_AT + j);
            let z = place(Z_AT + j);
            if (g == 0u) {
                lines[c] *= sigmoid_rows(sums[k] + 1.0);
            } else if (g == 2u) {
                lines[c] += lines[z] * tanh_rows(sums[k]);
            } else {
                lines[z] = sigmoid_rows(sums[k]);
            }
        }
    }
    if (g == 3u && b + 1u == blocks(MEMORY)) {
        meet();                              // no gate hears the old memory any more
        for (var j = own_first(); j < opaque(MEMORY); j += own_stride()) {
            lines[place(H_AT + j)] = lines[place(Z_AT + j)] * tanh_rows(lines[place(C_AT + j)]);
        }
    }
}
