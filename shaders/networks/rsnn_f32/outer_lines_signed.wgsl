// Four inputs in a recorded step as a network of bits has them (lines_signed.wgsl), in place of outer_lines.wgsl; anything
// beyond the last one. Needs D_OBS, LINES.
fn input_line(row: u32, i: u32) -> f32 {
    let x = ppo_obs_in[row * D_OBS + i % D_OBS];
    return select(select(x, -x, i >= D_OBS), 1.0, i >= 2u * D_OBS);
}

fn input_lines(row: u32, first: u32) -> vec4<f32> {
    return vec4<f32>(
        input_line(row, first), input_line(row, first + 1u), input_line(row, first + 2u), input_line(row, first + 3u),
    );
}
