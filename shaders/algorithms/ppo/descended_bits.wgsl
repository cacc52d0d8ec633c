// The parameters that gradients descend stand for connections, straight through the threshold: in place of
// descended.wgsl. Networks read the connections in theta.
#import algorithms/ppo/connections
var<storage, read_write> ppo_real_inout: array<vec4<f32>>;
var<storage, read_write> theta_out: array<vec4<f32>>;

fn slope_of(quad: u32, gradient: vec4<f32>) -> vec4<f32> {
    return signs_of(quad) * gradient;
}

fn descend(quad: u32, step: vec4<f32>) {
    let real = ppo_real_inout[quad] - step;
    ppo_real_inout[quad] = real;
    theta_out[quad] = standing_for(quad, real);
}
