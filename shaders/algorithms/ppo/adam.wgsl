// Adam (Kingma and Ba, 2015) with bias correction, descending. One invocation per four parameters.
//
// Needs N_QUADS, VALUE_QUAD (the first quad of the value network), BETA1, BETA2, EPSILON.
#import algorithms/ppo/learning
#import algorithms/ppo/descended
var<storage, read> ppo_gradient_in: array<vec4<f32>>;
var<storage, read_write> ppo_adam_inout: array<vec4<f32>>; // m, then v

@compute @workgroup_size(64)
fn adam(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let quad = gid.x + gid.y * groups.x * 64u;
    if (quad >= N_QUADS || ppo_learning_in.follows == 0u) {
        return;
    }
    let scale = select(ppo_learning_in.policy_scale, ppo_learning_in.value_scale, quad >= VALUE_QUAD);
    let gradient = slope_of(quad, scale * ppo_gradient_in[quad]);
    let m = BETA1 * ppo_adam_inout[quad] + (1.0 - BETA1) * gradient;
    let v = BETA2 * ppo_adam_inout[N_QUADS + quad] + (1.0 - BETA2) * gradient * gradient;
    let mean = m / ppo_learning_in.bias1;
    let square = v / ppo_learning_in.bias2;
    ppo_adam_inout[quad] = m;
    ppo_adam_inout[N_QUADS + quad] = v;
    descend(quad, ppo_learning_in.learning_rate * mean / (sqrt(square) + EPSILON));
}
