// MuJoCo's soft constraints: the impedance of a row by the depth of its violation (`pos` below zero).

struct Softness {
    // k, 1/s^2
    stiffness: f32,
    // b, 1/s
    damping: f32,
    // impedance at the margin and at full depth
    low: f32,
    high: f32,
    // 1 / the depth at which the impedance is full
    inverse_width: f32,
    // where the curve turns, in units of the width
    midpoint: f32,
}

fn impedance(soft: Softness, pos: f32) -> f32 {
    let x = min(abs(pos) * soft.inverse_width, 1.0);
    let below = x * x / soft.midpoint;
    let above = 1.0 - (1.0 - x) * (1.0 - x) / (1.0 - soft.midpoint);
    return soft.low + (soft.high - soft.low) * select(below, above, x > soft.midpoint);
}
