//! Terms of the reward.

use super::source::{EVERYTHING, Slice};

/// A term of the reward: `weight * value`, clipped to `limits`; subtracted if it is a cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Reward {
    /// Name in reports.
    pub name: String,
    /// Whether it is subtracted.
    pub is_cost: bool,
    /// Factor.
    pub weight: f64,
    /// What is weighed.
    pub value: Value,
    /// Limits of the product.
    pub limits: (f64, f64),
}

impl Reward {
    /// Makes a term that is added.
    pub fn gain(name: &str, weight: f64, value: Value) -> Self {
        Self { name: name.into(), is_cost: false, weight, value, limits: EVERYTHING }
    }

    /// Makes a term that is subtracted.
    pub fn cost(name: &str, weight: f64, value: Value) -> Self {
        Self { is_cost: true, ..Self::gain(name, weight, value) }
    }
}

/// What a term of the reward weighs.
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
    /// How much a number lacks to `full`.
    Lack {
        /// One number.
        of: Slice,
        /// What it should be at most.
        full: f64,
    },
    /// Sum over dofs of the magnitude of motor force times velocity, W.
    Power,
}

impl Value {
    /// Sum of the squares of a slice.
    pub fn squares(of: Slice) -> Self {
        Self::Squares(vec![Square { of, about: vec![], weight: 1.0 }])
    }

    /// Returns what it reads.
    pub(super) fn slices(&self) -> Vec<&Slice> {
        match self {
            Self::Squares(squares) => squares.iter().map(|square| &square.of).collect(),
            Self::Length(of) | Self::Lack { of, .. } => vec![of],
            Self::Velocity | Self::Healthy | Self::Power => vec![],
        }
    }
}

/// A part of a weighted sum of squares.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    /// The numbers.
    pub of: Slice,
    /// What is subtracted from each before squaring; empty: nothing.
    pub about: Vec<f64>,
    /// Weight of each square.
    pub weight: f64,
}
