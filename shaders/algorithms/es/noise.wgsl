// Perturbations of antithetic pairs, regenerated wherever they are needed. Twin: algorithms::es::noise.
#import numerics/philox
#import numerics/normal
#import rollout/run
#import rollout/side

// Returns numbers 4 quad .. 4 quad + 3 of the pair's perturbation.
fn perturbation(quad: u32, pair: u32) -> vec4<f32> {
    return normal4(philox4x32(vec4<u32>(quad, pair, run.generation, 0u), run.key_sample));
}
