// Four inputs in a recorded step as a network of bits has them, in place of outer_lines.wgsl; anything beyond the last one.
#import networks/rsnn_f32/signed
fn input_line(row: u32, i: u32) -> f32 {
    return signed(ppo_obs_in[row * D_OBS + i % D_OBS], i);
}

fn input_lines(row: u32, first: u32) -> vec4<f32> {
    return vec4<f32>(
        input_line(row, first), input_line(row, first + 1u), input_line(row, first + 2u), input_line(row, first + 3u),
    );
}
