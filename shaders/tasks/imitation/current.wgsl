// The input current of integrate and fire, drawn for every step of a life's start.
#import numerics/philox
#import rollout/run

const CURRENT_FROM = 0.01;
const CURRENT_TO = 0.11;

fn current(slot: u32, start: u32, step: u32) -> f32 {
    let bits = philox4x32(vec4<u32>(step / 4u, start, run.generation, 0u), run.key_start)[step % 4u];
    return CURRENT_FROM + (CURRENT_TO - CURRENT_FROM) * uniform01(bits);
}

fn first_potential(slot: u32) -> f32 {
    return 0.0;
}
