//! Spikes, and what stands for their derivative.

/// Shape of a surrogate derivative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `height max(0, 1 - slope |x|)` (Esser et al., 2016).
    PiecewiseLinear,
    /// `height / (1 + slope |x|)^2` (Zenke and Ganguli, 2018).
    SuperSpike,
    /// `height s (1 - s)` with `s = 1 / (1 + exp(-slope x))`; there is no factor `slope`.
    Sigmoid,
}

/// A surrogate derivative of the spike with respect to the membrane's distance from the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surrogate {
    pub shape: Shape,
    /// The factor gamma.
    pub height: f64,
    /// The factor beta.
    pub slope: f64,
}

/// How a neuron spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spikes {
    /// 1 above the threshold, else 0.
    Steps,
    /// `1/2 + x / (1 + |x|) / 2`, which has [`Surrogate::OF_SMOOTH`] as its true derivative.
    Smooth,
}

impl Surrogate {
    /// Derivative of [`Spikes::Smooth`].
    pub const OF_SMOOTH: Self = Self { shape: Shape::SuperSpike, height: 0.5, slope: 1.0 };

    /// Returns the surrogate at distance `x` from the threshold.
    pub fn at(&self, x: f64) -> f64 {
        let Self { height, slope, .. } = self;
        height
            * match self.shape {
                Shape::PiecewiseLinear => (1.0 - slope * x.abs()).max(0.0),
                Shape::SuperSpike => (1.0 + slope * x.abs()).powi(-2),
                Shape::Sigmoid => {
                    let s = 1.0 / (1.0 + (-slope * x).exp());
                    s * (1.0 - s)
                }
            }
    }
}

impl Spikes {
    /// Returns the spike at distance `x` from the threshold.
    pub fn at(self, x: f64) -> f64 {
        match self {
            Self::Steps => f64::from(u8::from(x > 0.0)),
            Self::Smooth => 0.5 + x / (1.0 + x.abs()) / 2.0,
        }
    }
}
