//! Numbers at an axis.

/// A number of an axis in few characters: `0.25`, `-3`, `1.5k`, `2M`.
pub fn tick(value: f64) -> String {
    let scales = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    let (scaled, letter) = match scales.iter().find(|(scale, _)| value.abs() >= 0.99999 * scale) {
        Some((scale, letter)) => (value / scale, *letter),
        None => (value, ""),
    };
    let digits = if scaled == 0.0 { 0 } else { (3 - scaled.abs().log10().floor() as i32).clamp(0, 6) };
    let text = format!("{scaled:.*}", digits as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match text {
        "-0" | "" => "0".into(),
        text => format!("{text}{letter}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short() {
        let values = [0.0, -0.0, 0.25, 1.0, -3.0, 999.0, 1000.0, 1500.0, 2e6, 1.25e6, 300_000.0, 0.001, 0.1 + 0.2];
        let texts = values.map(tick);
        let expected = ["0", "0", "0.25", "1", "-3", "999", "1k", "1.5k", "2M", "1.25M", "300k", "0.001", "0.3"];
        assert_eq!(texts, expected, "texts");
    }
}
