// Gives networks the connections that real parameters stand for. One invocation per four parameters. Needs N_QUADS.
#import algorithms/ppo/connections
var<storage, read> ppo_real_in: array<vec4<f32>>;
var<storage, read_write> theta_out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn connect(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let quad = gid.x + gid.y * groups.x * 64u;
    if (quad < N_QUADS) {
        theta_out[quad] = standing_for(quad, ppo_real_in[quad]);
    }
}
