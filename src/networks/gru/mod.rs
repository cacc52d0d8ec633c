//! A gated recurrent unit (Cho et al., 2014) in the convention of Flax's `GRUCell`, then a dense read-out.
//!
//! ```text
//! r = sigmoid(W_ir x + b_r + W_hr h)
//! z = sigmoid(W_iz x + b_z + W_hz h)
//! n = tanh(W_in x + b_n + r * (W_hn h + b_hn))
//! h' = (1 - z) n + z h
//! ```
//!
//! `reset`, `update` and `candidate` are Flax's gates `r`, `z` and `n`.

use super::rate::{Cell, CellAdjoint, Part, RateSpec};
use crate::{config::GruConfig, kernel::cost::Operations};

/// Architecture of the GRU.
pub const GRU: Cell = Cell {
    name: "gru",
    shader: "networks/gru/cell",
    text: None,
    parts: &[
        ("input_reset", Part::Input),
        ("hidden_reset", Part::Hidden),
        ("commissural_reset", Part::Across),
        ("bias_reset", Part::Bias),
        ("hidden_candidate", Part::Hidden),
        ("commissural_candidate", Part::Across),
        ("bias_hidden_candidate", Part::Bias),
        ("input_candidate", Part::Input),
        ("bias_candidate", Part::Bias),
        ("input_update", Part::Input),
        ("hidden_update", Part::Hidden),
        ("commissural_update", Part::Across),
        ("bias_update", Part::Bias),
    ],
    n_carried: 1,
    adjoint: Some(CellAdjoint { shader: "networks/gru/adjoint", n_kept: 4 }),
    unit: Operations { add: 38.0, multiply: 44.0, divide: 3.0, special: 0.0, select: 8.0, integer: 9.0, popcount: 0.0 },
};

impl From<&GruConfig> for RateSpec {
    fn from(config: &GruConfig) -> Self {
        Self {
            cell: &GRU,
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
