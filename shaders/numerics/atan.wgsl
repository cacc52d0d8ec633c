// Arc tangent, accurate to 2e-7; WGSL itself promises 4096 ulp. Beyond tan(pi/8) the argument is turned by pi/4,
// beyond tan(3 pi/8) by pi/2; then an odd minimax polynomial.
fn atan1(x: f32) -> f32 {
    let size = abs(x);
    let far = size > 2.414213562;
    let middle = size > 0.4142135624;
    let turned = select(select(size, (size - 1.0) / (size + 1.0), middle), -1.0 / max(size, 1e-30), far);
    let start = select(select(0.0, 0.7853981634, middle), 1.5707963268, far);
    let z = turned * turned;
    let tail = z * (-0.33332948 + z * (0.19977711 + z * (-0.13877685 + z * 0.08053744)));
    let result = start + (turned + turned * tail);
    return select(result, -result, x < 0.0);
}
