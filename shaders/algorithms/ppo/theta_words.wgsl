// Parameters of the policy, of its head and of the value network, one after the other.
var<storage, read> theta_in: array<vec4<f32>>;

fn parameter(i: u32) -> f32 {
    return theta_in[i / 4u][i % 4u];
}
