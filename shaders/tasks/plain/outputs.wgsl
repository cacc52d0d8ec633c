// Outputs of the network, or numbers in [0, 1) by chance. Needs D_ACT.
#import numerics/philox
#import rollout/run
var<storage, read> action_in: array<f32>;

fn output(slot: u32, i: u32, life: u32, step: u32) -> f32 {
    if (run.random_actions == 1u) {
        return uniform01(philox4x32(vec4<u32>(step, life, run.generation, 0u), run.key_action)[i % 4u]);
    }
    return action_in[slot * D_ACT + i];
}
