// Four inputs of the neurons in a recorded step. Twin: outer_lines_signed.wgsl.
fn input_lines(row: u32, first: u32) -> vec4<f32> {
    return seen_lines(row, first);
}
