// WGSL promises sin and cos only to 2^-11, far too little for a stepper: own polynomials, error below 1e-7.

// (sin x, cos x): reduction by pi/2 in three parts, minimax polynomials on [-pi/4, pi/4].
fn sincos(x: f32) -> vec2<f32> {
    let k = round(x * 0.63661977);
    let r = ((x - k * 1.5703125) - k * 4.837513e-4) - k * 7.54979e-8;
    let z = r * r;
    let s = r + r * z * (-0.16666655 + z * (0.008332161 - z * 1.951529589e-4));
    let c = 1.0 - 0.5 * z + z * z * (0.041666646 + z * (-0.0013887316 + z * 2.4433157e-5));
    let n = i32(k);
    let swap = (n & 1) != 0;
    let sine = select(s, c, swap);
    let cosine = select(c, s, swap);
    return vec2<f32>(select(sine, -sine, (n & 2) != 0), select(cosine, -cosine, ((n + 1) & 2) != 0));
}

// 1 / sqrt(x): the built-in and one Newton step.
fn inverse_sqrt(x: f32) -> f32 {
    let y = inverseSqrt(x);
    return y * (1.5 - 0.5 * x * y * y);
}
