// exp, accurate to 2e-7 relative; WGSL itself allows 3 + 2 |x| ulp. Reduction by ln 2 in two parts (Cody-Waite), then
// a minimax polynomial of (exp(r) - 1 - r) / r^2 on [-ln 2 / 2, ln 2 / 2].
fn exp4(x: vec4<f32>) -> vec4<f32> {
    let bounded = clamp(x, vec4<f32>(-87.0), vec4<f32>(88.0));
    let n = round(bounded * 1.442695041);
    let r = (bounded - n * 0.693145751953125) - n * 1.42860677e-6;
    let tail = 0.49999993 + r * (0.16666515 + r * (0.04166846 + r * (0.00836942 + r * 0.00138131)));
    let power = bitcast<vec4<f32>>((vec4<i32>(n) + vec4<i32>(127)) << vec4<u32>(23u));
    return (1.0 + (r + r * r * tail)) * power;
}

fn exp1(x: f32) -> f32 {
    return exp4(vec4<f32>(x)).x;
}
