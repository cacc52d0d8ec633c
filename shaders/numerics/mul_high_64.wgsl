// The high 32 bits of a * b, from the product in 64 bits: takes the place of numerics/mul_high where the device has
// them.
fn mul_high(a: u32, b: u32) -> u32 {
    return u32((u64(a) * u64(b)) >> 32u);
}
