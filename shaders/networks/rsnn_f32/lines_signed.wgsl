// Inputs of the neurons as a network of bits has them: [x, -x], and a line that is always 1 if there is a bias. In place
// of lines.wgsl. Needs D_OBS, LINES.
fn see_line(slot: u32, life: u32, i: u32) -> Seen {
    if (i >= 2u * D_OBS) {
        return 1.0;
    }
    let x = see(slot, life, i % D_OBS);
    return select(x, -x, i >= D_OBS);
}
