// The state of spiking neurons at the start of an episode: first the potentials, uniform in [0, 1); the rest is 0.
#import numerics/philox
#import rollout/run
#import rollout/lives

// Returns a quad of a slot's state, of which the first `potentials` hold potentials.
fn start_quad(quad: u32, potentials: u32, start: u32) -> vec4<u32> {
    var words = vec4<u32>();
    if (quad < potentials) {
        let bits = philox4x32(vec4<u32>(quad, start, run.generation, 0u), run.key_membrane);
        let unit = vec4<f32>(uniform01(bits.x), uniform01(bits.y), uniform01(bits.z), uniform01(bits.w));
        words = bitcast<vec4<u32>>(unit);
    }
    return words;
}
