// Random numbers of locomotion tasks: start noise and random actions.
#import numerics/philox
#import numerics/sincos
#import rollout/run
#buffer action_in: array<f32>

fn unit(bits: vec4<u32>, index: u32) -> f32 {
    return uniform01(bits[index % 4u]);
}

// Component `index` of a member's start noise, uniform in [-1, 1).
fn start_uniform(index: u32, member: u32) -> f32 {
    return 2.0 * unit(philox4x32(vec4<u32>(index / 4u, member, run.generation, 0u), run.key_start), index) - 1.0;
}

// Component `index` of a member's normal start noise (Box and Muller).
fn start_normal(index: u32, member: u32) -> f32 {
    let bits = philox4x32(vec4<u32>(index, member, run.generation, 1u), run.key_start);
    return sqrt(-2.0 * log(1.0 - uniform01(bits.x))) * sincos(6.2831853 * uniform01(bits.y)).y;
}

// Entry `index` of the action in [-1, 1]: the network's, or a random one where the run says so.
fn task_action(index: u32, count: u32, slot: u32, member: u32, step: u32) -> f32 {
    if (run.random_actions == 1u) {
        let bits = philox4x32(vec4<u32>(index / 4u, member, run.generation, step), run.key_action);
        return 2.0 * unit(bits, index) - 1.0;
    }
    return action_in[slot * count + index];
}
