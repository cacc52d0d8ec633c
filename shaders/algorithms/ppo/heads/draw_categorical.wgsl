// Draws discrete actions, and hands them to the bodies. Needs run, action_inout, ppo_action_inout.
#import algorithms/ppo/heads/categorical
#import numerics/philox

fn draw(environment: u32, step: u32, row: u32) {
    var best = -3e38;
    var chosen = 0u;
    for (var a = 0u; a < D_ACT; a++) {
        let bits = philox4x32(vec4<u32>(a / 4u, environment, step, run.generation), run.key_action)[a % 4u];
        let u = (f32(bits >> 9u) + 0.5) * 0x1p-23;
        let score = y[a] - log_exact(-log_exact(u));
        if (score > best) {
            best = score;
            chosen = a;
        }
    }
    ppo_action_inout[row * D_ACT] = f32(chosen);
    for (var a = 0u; a < D_ACT; a++) {
        action_inout[environment * D_ACT + a] = select(-1.0, 1.0, a == chosen);
    }
}
