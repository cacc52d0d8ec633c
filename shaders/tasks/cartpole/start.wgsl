// The start of an episode, drawn.
#import tasks/cartpole/dynamics
#import rollout/run

fn start_state(slot: u32, start: u32) -> vec4<f32> {
    return drawn_start(philox4x32(vec4<u32>(0u, start, run.generation, 0u), run.key_start));
}
