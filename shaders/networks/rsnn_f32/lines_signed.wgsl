// Inputs of the neurons as a network of bits has them: [x, -x], and a line that is always 1 if there is a bias. In place
// of lines.wgsl.
#import networks/rsnn_f32/signed
fn see_line(slot: u32, life: u32, i: u32) -> Seen {
    return signed(see(slot, life, i % D_OBS), i);
}
