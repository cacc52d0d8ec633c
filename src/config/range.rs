//! The accepted values of a number.

use std::fmt;
use std::ops::Bound;

/// Largest magnitude of a real number without narrower bounds. Kernels compute in 32-bit floats, which end at 3.4e38:
/// products of three fields, and sums of squares over a long episode, still fit.
const MOST: f64 = 1e12;
/// Smallest magnitude of a real number that is not 0. Below it, products and quotients of fields could become 0 in
/// 32-bit floats.
const LEAST: f64 = 1e-12;

/// The accepted values of a number (or of both ends of an interval). Real numbers are always finite in 32 bits, and
/// either 0 or far enough from it.
#[derive(Clone, Copy, Debug)]
pub enum Range {
    /// Every value that the type can hold and a kernel can compute with; the ends of an interval may be infinite.
    Any,
    /// Whole numbers from `min` to `max`, both included, divisible by `multiple`.
    Whole {
        /// Smallest accepted value.
        min: u64,
        /// Largest accepted value.
        max: u64,
        /// Divisor, 1 for none.
        multiple: u64,
    },
    /// Real numbers between two bounds.
    Real(Bound<f64>, Bound<f64>),
}

impl Range {
    /// Returns the range of whole numbers from `min` to `max`.
    pub const fn whole(min: u64, max: u64) -> Self {
        Range::Whole { min, max, multiple: 1 }
    }

    /// Returns the range of real numbers from `low` to `high`.
    pub const fn real(low: f64, high: f64) -> Self {
        Range::Real(Bound::Included(low), Bound::Included(high))
    }

    /// Any number that kernels can compute with.
    pub const FINITE: Self = Self::real(-MOST, MOST);
    /// Zero and above.
    pub const NON_NEGATIVE: Self = Self::real(0.0, MOST);
    /// Above zero.
    pub const POSITIVE: Self = Self::real(LEAST, MOST);
    /// Times in ms: from a nanosecond to a quarter of an hour.
    pub const MILLISECONDS: Self = Self::real(1e-6, 1e6);
    /// Rates in Hz.
    pub const HERTZ: Self = Self::real(1e-3, 1e6);

    /// Returns whether a whole number is accepted.
    pub fn accepts_whole(&self, value: u64) -> bool {
        match *self {
            Range::Any => true,
            Range::Whole { min, max, multiple } => (min..=max).contains(&value) && value.is_multiple_of(multiple),
            Range::Real(..) => self.accepts_real(value as f64),
        }
    }

    /// Returns whether a real number is accepted; NaN, infinities and numbers too close to 0 never are.
    pub fn accepts_real(&self, value: f64) -> bool {
        match *self {
            Range::Any => Range::FINITE.accepts_real(value),
            Range::Whole { min, max, .. } => (min as f64..=max as f64).contains(&value),
            Range::Real(low, high) => {
                std::ops::RangeBounds::contains(&(low, high), &value) && !Self::is_lost_in_zero(value)
            }
        }
    }

    /// Returns whether `(low, high)` is accepted; with [`Range::Any`] either end may be infinite.
    pub fn accepts_interval(&self, low: f64, high: f64) -> bool {
        let open = matches!(self, Range::Any);
        let accepts = |end: f64, infinite: f64| self.accepts_real(end) || (open && end == infinite);
        accepts(low, f64::NEG_INFINITY) && accepts(high, f64::INFINITY)
    }

    /// Returns whether a number is so close to 0 that kernels could not tell it from 0.
    pub fn is_lost_in_zero(value: f64) -> bool {
        value != 0.0 && value.abs() < LEAST
    }

    /// Returns the smallest and the largest accepted number; for an excluded bound, the number next to it.
    pub fn ends(&self) -> (f64, f64) {
        let (low, high) = match *self {
            Range::Any => return Range::FINITE.ends(),
            Range::Whole { min, max, .. } => return (min as f64, max as f64),
            Range::Real(low, high) => (low, high),
        };
        let end = |bound: Bound<f64>, next: fn(f64) -> f64, most: f64| match bound {
            Bound::Included(x) => x,
            Bound::Excluded(x) => next(x),
            Bound::Unbounded => most,
        };
        (end(low, f64::next_up, -MOST), end(high, f64::next_down, MOST))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Range::Any => Ok(()),
            Range::Whole { min, max, multiple } => {
                if multiple > 1 {
                    write!(f, "a multiple of {multiple} in ")?;
                }
                match max {
                    u64::MAX => write!(f, ">= {min}"),
                    _ => write!(f, "{min} to {max}"),
                }
            }
            Range::Real(low, high) => {
                match low {
                    Bound::Included(low) => write!(f, "{} <= ", bound(low))?,
                    Bound::Excluded(low) => write!(f, "{} < ", bound(low))?,
                    Bound::Unbounded => {}
                }
                f.write_str("x")?;
                match high {
                    Bound::Included(high) => write!(f, " <= {}", bound(high)),
                    Bound::Excluded(high) => write!(f, " < {}", bound(high)),
                    Bound::Unbounded => Ok(()),
                }
            }
        }
    }
}

/// Returns the smallest magnitude of a number other than 0, as messages print it.
pub fn least() -> String {
    bound(LEAST)
}

/// Returns a bound as a person writes it: small powers of two as such, very large and very small numbers with an
/// exponent.
fn bound(value: f64) -> String {
    let exponent = value.log2();
    match value.abs() {
        _ if value > 0.0 && exponent < -8.0 && exponent.fract() == 0.0 => format!("2^{exponent}"),
        size if size != 0.0 && !(1e-4..1e5).contains(&size) => format!("{value:e}"),
        _ => value.to_string(),
    }
}
