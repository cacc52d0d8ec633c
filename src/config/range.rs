//! The accepted values of a number.

use std::fmt;
use std::ops::Bound;

/// The accepted values of a number (or of both ends of an interval).
#[derive(Clone, Copy, Debug)]
pub enum Range {
    /// Whatever the type can hold.
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
    /// Finite real numbers between two bounds.
    Real(Bound<f64>, Bound<f64>),
}

impl Range {
    /// Whole numbers from `min` to `max`.
    pub const fn whole(min: u64, max: u64) -> Self {
        Range::Whole { min, max, multiple: 1 }
    }

    /// Any finite number.
    pub const FINITE: Self = Range::Real(Bound::Unbounded, Bound::Unbounded);
    /// Zero and above.
    pub const NON_NEGATIVE: Self = Range::Real(Bound::Included(0.0), Bound::Unbounded);
    /// Above zero.
    pub const POSITIVE: Self = Range::Real(Bound::Excluded(0.0), Bound::Unbounded);

    /// Whether a whole number is accepted.
    pub fn accepts_whole(&self, value: u64) -> bool {
        match *self {
            Range::Any => true,
            Range::Whole { min, max, multiple } => (min..=max).contains(&value) && value.is_multiple_of(multiple),
            Range::Real(..) => self.accepts_real(value as f64),
        }
    }

    /// Whether a real number is accepted; NaN and infinities never are.
    pub fn accepts_real(&self, value: f64) -> bool {
        match *self {
            Range::Any => value.is_finite(),
            Range::Whole { min, max, .. } => (min as f64..=max as f64).contains(&value),
            Range::Real(low, high) => value.is_finite() && std::ops::RangeBounds::contains(&(low, high), &value),
        }
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
            Range::Real(Bound::Unbounded, Bound::Unbounded) => f.write_str("finite"),
            Range::Real(Bound::Included(low), Bound::Unbounded) => write!(f, ">= {}", bound(low)),
            Range::Real(Bound::Excluded(low), Bound::Unbounded) => write!(f, "> {}", bound(low)),
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

/// A bound as a person writes it: small powers of two as such.
fn bound(value: f64) -> String {
    let exponent = value.log2();
    if value > 0.0 && exponent < -8.0 && exponent.fract() == 0.0 { format!("2^{exponent}") } else { value.to_string() }
}
