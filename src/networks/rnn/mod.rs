//! A plain recurrent network (Elman, 1990) in the convention of Flax's `SimpleCell`, then a dense read-out:
//! `h' = tanh(W_i x + b + W_h h)`.

use super::rate::{Cell, CellAdjoint, Part, RateSpec};
use crate::{config::RnnConfig, kernel::cost::Operations};

/// Architecture of the RNN.
pub const RNN: Cell = Cell {
    name: "rnn",
    shader: "networks/rnn/cell",
    text: None,
    parts: &[("input", Part::Input), ("hidden", Part::Hidden), ("commissural", Part::Across), ("bias", Part::Bias)],
    n_carried: 1,
    adjoint: Some(CellAdjoint { shader: "networks/mlp/adjoint", n_kept: 0 }),
    unit: Operations { add: 15.0, multiply: 19.0, divide: 1.0, special: 0.0, select: 4.0, integer: 3.0, popcount: 0.0 },
};

impl From<&RnnConfig> for RateSpec {
    fn from(config: &RnnConfig) -> Self {
        Self {
            cell: &RNN,
            units: config.units as usize,
            precision: config.weights,
            gain_in: config.gain_in,
            gain_hidden: config.gain_hidden,
            gain_out: config.gain_out,
            bilateral: config.bilateral,
            mirror: None,
        }
    }
}
