// Draws continuous actions, and hands them to the bodies within [-1, 1]. Needs run, action_inout, ppo_action_inout.
#import algorithms/ppo/heads/gaussian
#import numerics/philox
#import numerics/normal

fn draw(environment: u32, step: u32, row: u32) {
    var noise = vec4<f32>();
    for (var a = 0u; a < D_ACT; a++) {
        if (a % 4u == 0u) {
            noise = normal4(philox4x32(vec4<u32>(a / 4u, environment, step, run.generation), run.key_action));
        }
        let action = y[a] + exp1(log_std(a)) * noise[a % 4u];
        ppo_action_inout[row * D_ACT + a] = action;
        action_inout[environment * D_ACT + a] = clamp(action, -1.0, 1.0);
    }
}
