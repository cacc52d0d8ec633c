// Arithmetic that physics needs more exactly than WGSL promises it, and what both shapes of it share.
#import numerics/sincos

// 1 / sqrt(x): the built-in and one Newton step.
fn inverse_sqrt(x: f32) -> f32 {
    let y = inverseSqrt(x);
    return y * (1.5 - 0.5 * x * y * y);
}

// MuJoCo's normal of a contact whose nearest points coincide: across both geoms' z axes, unit vectors; where they are
// parallel, x.
fn coincident_normal(first: vec3<f32>, second: vec3<f32>) -> vec3<f32> {
    let across = cross(first, second);
    let square = dot(across, across);
    return select(vec3<f32>(1.0, 0.0, 0.0), across * inverse_sqrt(max(square, 1e-30)), square > 1e-12);
}
