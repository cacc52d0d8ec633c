// Surrogate of the spike's derivative at x = membrane - 1: HEIGHT max(0, 1 - SLOPE |x|) (Esser et al., 2016).
fn surrogate(x: vec4<f32>) -> vec4<f32> {
    return HEIGHT * max(vec4<f32>(), 1.0 - SLOPE * abs(x));
}
