// Outputs that are the first channels of memory, as they are, in place of read_out.wgsl: o' = h' + noise.
fn read_out() {
    for (var j = own_first(); j < opaque(OUTPUTS); j += own_stride()) {
        lines[place(O_AT + j)] = lines[place(H_AT + j)] + noise_at(j);
    }
    meet();
}
