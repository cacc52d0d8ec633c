// Draws the actions of a step from the networks' outputs, and keeps their log densities. One invocation per
// environment. A file of heads gives draw and log_density.
//
// Needs ENVIRONMENTS, D_ACT.
#import structs/PpoEnvironment
#import structs/PpoFrame
#import rollout/run
#import algorithms/ppo/theta_words
#import algorithms/ppo/heads/draw_gaussian
var<storage, read_write> action_inout: array<f32>;
var<storage, read_write> ppo_action_inout: array<f32>;
var<storage, read> ppo_environment_in: array<PpoEnvironment>;
var<storage, read_write> ppo_frame_inout: array<PpoFrame>;

fn action_taken(row: u32, a: u32) -> f32 {
    return ppo_action_inout[row * D_ACT + a];
}

@compute @workgroup_size(64)
fn act(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let environment = gid.x + gid.y * groups.x * 64u;
    if (environment >= ENVIRONMENTS) {
        return;
    }
    let step = ppo_environment_in[environment].step;
    let row = step * ENVIRONMENTS + environment;
    for (var a = 0u; a < D_ACT; a++) {
        y[a] = action_inout[environment * D_ACT + a];
    }
    draw(environment, step, row);
    ppo_frame_inout[row].log_prob = log_density(row);
}
