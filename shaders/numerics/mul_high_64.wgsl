// Returns the high 32 bits of a * b, from the product in 64 bits: replaces numerics/mul_high on devices with 64-bit
// integers.
fn mul_high(a: u32, b: u32) -> u32 {
    return u32((u64(a) * u64(b)) >> 32u);
}
