//! One hidden layer of tanh units, then a dense read-out: `h = tanh(W x + b)`. It remembers nothing.

use super::rate::{Cell, Part, RateSpec};
use crate::{config::MlpConfig, networks::rnn::RNN};

/// The architecture.
pub const MLP: Cell = Cell {
    name: "mlp",
    shader: "networks/mlp/cell",
    text: None,
    parts: &[("input", Part::Input), ("bias", Part::Bias)],
    n_carried: 0,
    unit: RNN.unit,
};

impl From<&MlpConfig> for RateSpec {
    fn from(config: &MlpConfig) -> Self {
        Self {
            cell: &MLP,
            units: config.units as usize,
            precision: config.weights,
            gain_in: config.gain_in,
            // Units send to the read-out only; its gain is taken against this one.
            gain_hidden: 1.0,
            gain_out: config.gain_out,
            bilateral: config.bilateral,
            mirror: None,
        }
    }
}
