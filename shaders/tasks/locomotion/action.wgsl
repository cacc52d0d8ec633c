// The action that drives the motors: the network's, or a random one.
#import rollout/run
#import tasks/locomotion/random
var<storage, read> action_in: array<f32>;

// Returns entry `index` of the action in [-1, 1]: the network's, or a random one if the run says so.
fn task_action(index: u32, count: u32, slot: u32, life: u32, step: u32) -> f32 {
    if (run.random_actions == 1u) {
        let bits = philox4x32(vec4<u32>(index / 4u, life, run.generation, step), run.key_action);
        return 2.0 * unit(bits, index) - 1.0;
    }
    return action_in[slot * count + index];
}
