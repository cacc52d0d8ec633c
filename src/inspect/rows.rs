//! Rows and formats that several tables share.

use serde::Serialize;

/// Number of an observation or an action.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueRow {
    /// Name.
    pub what: String,
    /// Unit.
    pub unit: String,
}

pub(super) fn name(names: &[String], what: &str, index: usize) -> String {
    names.get(index).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("{what} {index}"))
}

/// Formats a number with six digits, which are enough to recognise it.
pub(super) fn short(x: f64) -> String {
    let rounded = format!("{x:.5e}").parse::<f64>().unwrap_or(x) + 0.0; // no -0
    if rounded != 0.0 && rounded.abs() < 1e-4 { format!("{rounded:e}") } else { format!("{rounded}") }
}

pub(super) fn list(values: &[f64]) -> String {
    values.iter().map(|x| short(*x)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_right() {
        let texts = [0.0, -0.0, 1.0 / 3.0, 1234.5678, 1e-9 / 3.0, -2.0].map(short);
        assert_eq!(texts, ["0", "0", "0.333333", "1234.57", "3.33333e-10", "-2"], "six digits");
    }
}
