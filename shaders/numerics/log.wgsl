// Natural logarithm of a normal number above 0, accurate to a few units in the last place everywhere. WGSL's own may
// be off by 2^-21 near 1, where its square root gives the radius of a normally distributed number. x = 2^e m with m in
// [sqrt(1/2), sqrt(2)), and ln m = 2 artanh(s), s = (m - 1) / (m + 1), by the series of artanh, |s| < 0.172.
fn log_exact(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let exponent = i32(bits - 0x3f3504f3u) >> 23u; // 0x3f3504f3: sqrt(1/2)
    let m = bitcast<f32>(bits - (u32(exponent) << 23u));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let tail = z * (0.33333334 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * 0.09090909))));
    return f32(exponent) * 0.69314718 + 2.0 * (s + s * tail);
}
