// The parameters that gradients descend are those that networks read. Twin: descended_bits.wgsl.
var<storage, read_write> theta_inout: array<vec4<f32>>;

// Returns the gradient of four parameters from that of what networks read.
fn slope_of(quad: u32, gradient: vec4<f32>) -> vec4<f32> {
    return gradient;
}

fn descend(quad: u32, step: vec4<f32>) {
    theta_inout[quad] -= step;
}
