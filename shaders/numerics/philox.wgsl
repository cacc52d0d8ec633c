// Philox4x32-7 (Salmon et al., SC 2011); twin of src/kernel/random.rs, bit for bit.
#import numerics/mul_high

// Returns 128 random bits for a counter under a key.
fn philox4x32(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var k = key;
    for (var round = 0u; round < 7u; round++) {
        c = vec4<u32>(
            mul_high(c.z, 0xCD9E8D57u) ^ c.y ^ k.x,
            c.z * 0xCD9E8D57u,
            mul_high(c.x, 0xD2511F53u) ^ c.w ^ k.y,
            c.x * 0xD2511F53u,
        );
        k += vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}

// Returns a float in [0, 1) with 24 random bits.
fn uniform01(bits: u32) -> f32 {
    return f32(bits >> 8u) * 0x1p-24;
}
