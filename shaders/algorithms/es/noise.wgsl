// Perturbations of antithetic pairs, regenerated wherever they are needed. Twin: algorithms::es::noise.
#import numerics/philox
#import numerics/normal
#import rollout/run

// Numbers 4 quad .. 4 quad + 3 of the pair's perturbation.
fn perturbation(quad: u32, pair: u32) -> vec4<f32> {
    return normal4(philox4x32(vec4<u32>(quad, pair, run.generation, 0u), run.key_sample));
}

// Members 2 p and 2 p + 1 are on opposite sides of the mean.
fn side(member: u32) -> f32 {
    return select(1.0, -1.0, (member & 1u) != 0u);
}
