//! Pieces of WGSL that both layouts of the kernels write.

use crate::kernel::wgsl::float_literal;

/// Formats a number for WGSL.
pub fn literal(x: f64) -> String {
    float_literal(x as f32)
}

/// Returns `value` clipped to a range, either end of which may be infinite.
pub fn clipped(value: &str, (low, high): (f64, f64)) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("clamp({value}, {}, {})", literal(low), literal(high)),
        (true, false) => format!("max({value}, {})", literal(low)),
        (false, true) => format!("min({value}, {})", literal(high)),
        (false, false) => value.into(),
    }
}

/// Returns the conditions under which `value` lies within an open range; none if nothing bounds it.
pub fn within(value: &str, (low, high): (f64, f64)) -> Vec<String> {
    let above = low.is_finite().then(|| format!("({value} > {})", literal(low)));
    let below = high.is_finite().then(|| format!("({value} < {})", literal(high)));
    above.into_iter().chain(below).collect()
}
