// Sine and cosine, accurate to 1e-7; WGSL itself promises only 2^-11, which ruins joint accelerations. Range reduction
// by pi/2 in three parts (Cody-Waite), then minimax polynomials on [-pi/4, pi/4]. Valid for |x| < 1e4.
fn sincos(x: f32) -> vec2<f32> {
    let quadrant = round(x * 0.63661977);
    let r = ((x - quadrant * 1.5703125) - quadrant * 4.837513e-4) - quadrant * 7.54979e-8;
    let z = r * r;
    let s = r + r * z * (-0.16666655 + z * (0.008332161 - z * 1.951529589e-4));
    let c = 1.0 - 0.5 * z + z * z * (0.041666646 + z * (-0.0013887316 + z * 2.4433157e-5));
    let n = i32(quadrant);
    let swapped = (n & 1) != 0;
    let sine = select(s, c, swapped);
    let cosine = select(c, s, swapped);
    return vec2<f32>(select(sine, -sine, (n & 2) != 0), select(cosine, -cosine, ((n + 1) & 2) != 0));
}
