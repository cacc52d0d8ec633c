//! Long short-term memory (Hochreiter and Schmidhuber, 1997) in the convention of Flax's `OptimizedLSTMCell`, then a
//! dense read-out.
//!
//! ```text
//! i = sigmoid(W_ii x + W_hi h + b_i)
//! f = sigmoid(W_if x + W_hf h + b_f)
//! g = tanh(W_ig x + W_hg h + b_g)
//! o = sigmoid(W_io x + W_ho h + b_o)
//! c' = f c + i g
//! h' = o tanh(c')
//! ```
//!
//! `input`, `forget`, `candidate` and `output` are Flax's gates `i`, `f`, `g` and `o`. The state holds `h`, then `c`.

use super::rate::{Cell, CellAdjoint, Part, RateSpec};
use crate::{config::LstmConfig, kernel::cost::Operations};

/// Architecture of the LSTM.
pub const LSTM: Cell = Cell {
    name: "lstm",
    shader: "networks/lstm/cell",
    text: None,
    parts: &[
        ("input_input", Part::Input),
        ("hidden_input", Part::Hidden),
        ("commissural_input", Part::Across),
        ("bias_input", Part::Bias),
        ("input_candidate", Part::Input),
        ("hidden_candidate", Part::Hidden),
        ("commissural_candidate", Part::Across),
        ("bias_candidate", Part::Bias),
        ("input_forget", Part::Input),
        ("hidden_forget", Part::Hidden),
        ("commissural_forget", Part::Across),
        ("bias_forget", Part::Bias),
        ("input_output", Part::Input),
        ("hidden_output", Part::Hidden),
        ("commissural_output", Part::Across),
        ("bias_output", Part::Bias),
    ],
    n_carried: 2,
    adjoint: Some(CellAdjoint { shader: "networks/lstm/adjoint", n_kept: 4 }),
    unit: Operations {
        add: 63.0,
        multiply: 75.0,
        divide: 5.0,
        special: 0.0,
        select: 14.0,
        integer: 15.0,
        popcount: 0.0,
    },
};

impl From<&LstmConfig> for RateSpec {
    fn from(config: &LstmConfig) -> Self {
        Self {
            cell: &LSTM,
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
