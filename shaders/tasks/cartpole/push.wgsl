// The push, decided by the larger of the network's two outputs, or by chance.
#import numerics/philox
#import rollout/run
var<storage, read> action_in: array<f32>;

fn pushes_right(slot: u32, life: u32, step: u32) -> bool {
    if (run.random_actions == 1u) {
        return (philox4x32(vec4<u32>(step, life, run.generation, 0u), run.key_action).x & 1u) == 1u;
    }
    return action_in[slot * 2u + 1u] > action_in[slot * 2u];
}
