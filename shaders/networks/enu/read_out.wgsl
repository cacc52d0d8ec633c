// Outputs by a matrix of their own: o' = clip(Wo h' + noise, 0, 1). Twin: read_out_memory.wgsl.
fn read_out() {
    for (var b = 0u; b < opaque(blocks(OUTPUTS)); b++) {
        clear_sums();
        add(H_AT, MEMORY, chromosome + GATES * GATE_QUADS, OUTPUTS, b);
        for (var k = 0u; k < BLOCK; k++) {
            let j = column(b, k);
            if (is_column(j, OUTPUTS)) {
                lines[place(O_AT + j)] = clamp(sums[k] + noise_at(j), Rows(), Rows() + 1.0);
            }
        }
    }
    meet();
}
