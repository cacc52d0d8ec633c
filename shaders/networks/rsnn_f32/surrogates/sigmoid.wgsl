// Surrogate of the spike's derivative at x = membrane - 1: the derivative of the sigmoid, HEIGHT s (1 - s) with s = 1
// / (1 + exp(-SLOPE x)).
#import numerics/sigmoid

fn surrogate(x: vec4<f32>) -> vec4<f32> {
    let s = sigmoid4(SLOPE * x);
    return HEIGHT * s * (1.0 - s);
}
