// Random numbers of locomotion tasks.
#import numerics/philox
#import numerics/sincos
#import rollout/run
#import rollout/lives

fn unit(bits: vec4<u32>, index: u32) -> f32 {
    return uniform01(bits[index % 4u]);
}

// Returns component `index` of a start noise, uniform in [-1, 1).
fn start_uniform(index: u32, start: u32) -> f32 {
    return 2.0 * unit(philox4x32(vec4<u32>(index / 4u, start, run.generation, 0u), run.key_start), index) - 1.0;
}

// Returns component `index` of a normal start noise (Box and Muller).
fn start_normal(index: u32, start: u32) -> f32 {
    let bits = philox4x32(vec4<u32>(index, start, run.generation, 1u), run.key_start);
    return sqrt(-2.0 * log(1.0 - uniform01(bits.x))) * sincos(6.2831853 * uniform01(bits.y)).y;
}

// Returns a point of the unit disc, uniform, for the start positions `index` and the next.
fn start_disc(index: u32, start: u32) -> vec2<f32> {
    let bits = philox4x32(vec4<u32>(index, start, run.generation, 2u), run.key_start);
    return sqrt(uniform01(bits.x)) * sincos(6.2831853 * uniform01(bits.y));
}
