// The gradient of a minibatch, to which its rounds add in turn. Needs the constants of batch.wgsl.
#import algorithms/ppo/batch
var<storage, read_write> ppo_gradient_inout: array<vec4<f32>>;

fn add_gradient(quad: u32, sum: vec4<f32>) {
    if (round_now() == 0u) {
        ppo_gradient_inout[quad] = sum;
    } else {
        ppo_gradient_inout[quad] += sum;
    }
}
