// Bernoulli bits by integer comparison: a connection exists where 16 random bits are below round(65536 rho).
// Connection 8 b + i (i < 4) takes the low half, 8 b + 4 + i the high half, of component i of draw b.
// Twin: algorithms::ec::sample.
#import numerics/philox
#import rollout/run
#buffer threshold_in: array<vec4<u32>>

// Which of the eight connections of draw b exist: x the low halves, y the high halves.
struct Draw {
    low: vec4<bool>,
    high: vec4<bool>,
}

fn draw_connections(block: u32, member: u32, low: vec4<u32>, high: vec4<u32>) -> Draw {
    let bits = philox4x32(vec4<u32>(block, member, run.generation, 0u), run.key_sample);
    return Draw((bits & vec4<u32>(0xffffu)) < low, (bits >> vec4<u32>(16u)) < high);
}
