// Inputs of the neurons: the entries of the observation. Twin: lines_signed.wgsl.
fn see_line(slot: u32, life: u32, i: u32) -> Seen {
    return see(slot, life, i);
}
