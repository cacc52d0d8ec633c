// Surrogate of the spike's derivative at x = membrane - 1: HEIGHT / (1 + SLOPE |x|)^2 (Zenke and Ganguli, 2018).
fn surrogate(x: vec4<f32>) -> vec4<f32> {
    let y = 1.0 + SLOPE * abs(x);
    return HEIGHT / (y * y);
}
