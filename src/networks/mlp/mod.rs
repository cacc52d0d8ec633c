//! One hidden layer of tanh units, then a dense read-out: `h = tanh(W x + b)`. It has no memory.

use super::rate::{Cell, CellAdjoint, Part, RateSpec};
use crate::{config::MlpConfig, networks::rnn::RNN};

/// Architecture of the MLP.
pub const MLP: Cell = Cell {
    name: "mlp",
    shader: "networks/mlp/cell",
    text: None,
    parts: &[("input", Part::Input), ("bias", Part::Bias)],
    n_carried: 0,
    adjoint: Some(CellAdjoint { shader: "networks/mlp/adjoint", n_kept: 0 }),
    unit: RNN.unit,
};

impl From<&MlpConfig> for RateSpec {
    fn from(config: &MlpConfig) -> Self {
        Self {
            cell: &MLP,
            units: config.units as usize,
            precision: config.weights,
            gain_in: config.gain_in,
            // Unused: there are no recurrent connections.
            gain_hidden: 1.0,
            gain_out: config.gain_out,
            bilateral: config.bilateral,
            mirror: None,
        }
    }
}
