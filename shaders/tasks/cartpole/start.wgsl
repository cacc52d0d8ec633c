// The start of an episode: all four fields uniform in [-0.05, 0.05).
#import numerics/philox
#import rollout/run

fn start_state(slot: u32, start: u32) -> vec4<f32> {
    let bits = philox4x32(vec4<u32>(0u, start, run.generation, 0u), run.key_start);
    let unit = vec4<f32>(uniform01(bits.x), uniform01(bits.y), uniform01(bits.z), uniform01(bits.w));
    return unit * 0.1 - 0.05;
}
