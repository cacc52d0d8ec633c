// Arithmetic that physics needs more exact than WGSL promises, and functions that both forms of the physics share.
#import numerics/sincos

// Returns 1 / sqrt(x): the built-in, refined by one Newton step.
fn inverse_sqrt(x: f32) -> f32 {
    let y = inverseSqrt(x);
    return y * (1.5 - 0.5 * x * y * y);
}

// Returns MuJoCo's normal of a contact whose nearest points coincide: perpendicular to the z axes of both geoms (unit
// vectors), or x if these are parallel.
fn coincident_normal(first: vec3<f32>, second: vec3<f32>) -> vec3<f32> {
    let across = cross(first, second);
    let square = dot(across, across);
    return select(vec3<f32>(1.0, 0.0, 0.0), across * inverse_sqrt(max(square, 1e-30)), square > 1e-12);
}
