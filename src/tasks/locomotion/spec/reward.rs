//! Terms of the reward.

use super::source::{EVERYTHING, Slice};

/// Term of the reward: `weight * value`, clipped to `limits`; subtracted if it is a cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Reward {
    /// Name in reports.
    pub name: String,
    /// True if it is subtracted.
    pub is_cost: bool,
    /// Factor.
    pub weight: f64,
    /// Value that is weighed.
    pub value: Value,
    /// Limits of the product `weight * value`.
    pub limits: (f64, f64),
}

impl Reward {
    /// Returns a term that is added.
    pub fn gain(name: &str, weight: f64, value: Value) -> Self {
        Self { name: name.into(), is_cost: false, weight, value, limits: EVERYTHING }
    }

    /// Returns a term that is subtracted.
    pub fn cost(name: &str, weight: f64, value: Value) -> Self {
        Self { is_cost: true, ..Self::gain(name, weight, value) }
    }
}

/// Value that a reward term weighs.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Velocity of the task's progress, m/s.
    Velocity,
    /// 1 while the robot is healthy, else 0.
    Healthy,
    /// Weighted sum of squares.
    Squares(Vec<Square>),
    /// Length of a vector.
    Length(Slice),
    /// Amount by which a number falls short of `full`.
    Lack {
        /// One number.
        of: Slice,
        /// Value that it should reach.
        full: f64,
    },
    /// Sum over dofs of the magnitude of motor force times velocity, W.
    Power,
}

impl Value {
    /// Returns the sum of the squares of a slice.
    pub fn squares(of: Slice) -> Self {
        Self::Squares(vec![Square { of, about: vec![], weight: 1.0 }])
    }

    /// Returns the slices that it reads.
    pub(super) fn slices(&self) -> Vec<&Slice> {
        match self {
            Self::Squares(squares) => squares.iter().map(|square| &square.of).collect(),
            Self::Length(of) | Self::Lack { of, .. } => vec![of],
            Self::Velocity | Self::Healthy | Self::Power => vec![],
        }
    }
}

/// Part of a weighted sum of squares.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    /// Numbers that are squared.
    pub of: Slice,
    /// Values subtracted from each before squaring; empty for none.
    pub about: Vec<f64>,
    /// Weight of each square.
    pub weight: f64,
}
