// Hyperbolic tangent, accurate to 3e-7, and to 3e-7 relative near 0. Drivers' own lose digits there by cancellation,
// and some overflow for large |x|. Below 0.625 a minimax polynomial of (tanh(x) / x - 1) / x^2 in x^2, above it 1 - 2
// / (exp(2 x) + 1).
#import numerics/exp

fn tanh4(x: vec4<f32>) -> vec4<f32> {
    let size = abs(x);
    let far = sign(x) * (1.0 - 2.0 / (exp4(2.0 * min(size, vec4<f32>(10.0))) + 1.0));
    let z = x * x;
    let p = -0.33333282 + z * (0.13331442 + z * (-0.05373971 + z * (0.02063909 + z * -0.00570499)));
    return select(far, x + x * (z * p), size < vec4<f32>(0.625));
}
