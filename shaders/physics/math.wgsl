// Arithmetic that physics needs more exactly than WGSL promises it.
#import numerics/sincos

// 1 / sqrt(x): the built-in and one Newton step.
fn inverse_sqrt(x: f32) -> f32 {
    let y = inverseSqrt(x);
    return y * (1.5 - 0.5 * x * y * y);
}
