// Returns the high 32 bits of a * b, from 16-bit halves: for devices without 64-bit integers.
fn mul_high(a: u32, b: u32) -> u32 {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let cross = a_high * b_low + ((a_low * b_low) >> 16u);
    let middle = (cross & 0xffffu) + a_low * b_high;
    return a_high * b_high + (cross >> 16u) + (middle >> 16u);
}
