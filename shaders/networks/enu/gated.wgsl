// The unit's own gates: r = sigmoid(Wr c), z = sigmoid(Wz c), q = tanh(Wq [r h, the rest of c]), h' = (1 - z) h + z q.
// Without outputs among what it hears, it is a gated recurrent unit. Twin: lstm.wgsl.
const GATES = 3u;

// Waits for the gated memory of all columns.
fn begin_gate(g: u32) {
    if (g == 2u) {
        meet();
    }
}

// Returns the lines of memory that a gate hears.
fn source(g: u32) -> u32 {
    return select(H_AT, G_AT, g == 2u);
}

// Turns the sums of a block of columns into what the gate is for. The new memory stands in the place of the old one,
// which other columns no longer hear.
fn end_block(g: u32, b: u32) {
    if (g == 0u) {
        for (var k = 0u; k < BLOCK; k++) {
            let j = column(b, k);
            if (is_column(j, MEMORY)) {
                lines[place(G_AT + j)] = sigmoid_rows(sums[k]) * lines[place(H_AT + j)];
            }
        }
    } else if (g == 1u) {
        for (var k = 0u; k < BLOCK; k++) {
            let j = column(b, k);
            if (is_column(j, MEMORY)) {
                lines[place(Z_AT + j)] = sigmoid_rows(sums[k]);
            }
        }
    } else {
        for (var k = 0u; k < BLOCK; k++) {
            let j = column(b, k);
            if (is_column(j, MEMORY)) {
                let h = lines[place(H_AT + j)];
                let z = lines[place(Z_AT + j)];
                lines[place(H_AT + j)] = (1.0 - z) * h + z * tanh_rows(sums[k]);
            }
        }
    }
}
