//! Numbers on an axis.

use std::ops::Range;

/// Formatter of axis numbers: few characters, but enough digits to distinguish neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Ticks {
    span: f64,
}

impl Ticks {
    /// Makes the formatter of an axis that covers `range`.
    pub fn of(range: &Range<f64>) -> Self {
        Self { span: (range.end - range.start).abs() }
    }

    /// Formats a number of the axis; numbers a fiftieth of the axis apart differ.
    pub fn text(self, value: f64) -> String {
        number(value, self.span / 50.0)
    }
}

/// Formats a number in few characters: `0.25`, `-3`, `1.5k`, `2M`.
pub fn tick(value: f64) -> String {
    number(value, f64::INFINITY)
}

/// Formats `value` with four digits, or as many as show a difference of `step`.
fn number(value: f64, step: f64) -> String {
    let scales = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    let (scale, letter) = scales.into_iter().find(|(scale, _)| value.abs() >= 0.99999 * scale).unwrap_or((1.0, ""));
    let scaled = value / scale;
    let of_value = if scaled == 0.0 { 0 } else { (3 - scaled.abs().log10().floor() as i32).clamp(0, 6) };
    let digits = of_value.max((-(step / scale).log10().floor()).min(12.0) as i32);
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

    #[test]
    fn neighbours_differ_however_narrow_the_axis_is() {
        let ticks = Ticks::of(&(11_539.5..11_540.5));
        let texts = [11_539.6, 11_540.0, 11_540.4].map(|value| ticks.text(value));
        assert_eq!(texts, ["11.5396k", "11.54k", "11.5404k"], "as many digits as the axis needs");
        assert_eq!(Ticks::of(&(0.0..0.3)).text(0.1 + 0.2), "0.3", "no more than it needs");
        assert_eq!(Ticks::of(&(0.0..2e6)).text(2e5), "200k", "wide");
    }
}
