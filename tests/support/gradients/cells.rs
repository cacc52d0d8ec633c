//! Units of rate networks, one at a time: what they make of their sums, and the adjoints of that.

use super::super::rate::Architecture;

/// Most sums that a unit has.
pub const MOST_SUMS: usize = 4;

/// What a part of the parameters multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Observation,
    /// Outputs of the units one step before.
    Units,
    /// The constant 1.
    One,
}

/// Output and cell of one unit, or their adjoints. The cell is the LSTM's and 0 elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Unit {
    pub h: f64,
    pub c: f64,
}

/// Returns all parts but the read-out, in the order of `theta`: name, source, number of the sum that it adds to.
pub fn parts(architecture: Architecture) -> &'static [(&'static str, Source, usize)] {
    use Source::{Observation, One, Units};
    match architecture {
        Architecture::Mlp => &[("input", Observation, 0), ("bias", One, 0)],
        Architecture::Rnn => &[("input", Observation, 0), ("hidden", Units, 0), ("bias", One, 0)],
        Architecture::Gru => &[
            ("input_reset", Observation, 0),
            ("hidden_reset", Units, 0),
            ("bias_reset", One, 0),
            ("hidden_candidate", Units, 1),
            ("bias_hidden_candidate", One, 1),
            ("input_candidate", Observation, 2),
            ("bias_candidate", One, 2),
            ("input_update", Observation, 3),
            ("hidden_update", Units, 3),
            ("bias_update", One, 3),
        ],
        Architecture::Lstm => &[
            ("input_input", Observation, 0),
            ("hidden_input", Units, 0),
            ("bias_input", One, 0),
            ("input_candidate", Observation, 1),
            ("hidden_candidate", Units, 1),
            ("bias_candidate", One, 1),
            ("input_forget", Observation, 2),
            ("hidden_forget", Units, 2),
            ("bias_forget", One, 2),
            ("input_output", Observation, 3),
            ("hidden_output", Units, 3),
            ("bias_output", One, 3),
        ],
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Returns a unit after a step from its `sums`.
pub fn step(architecture: Architecture, sums: [f64; MOST_SUMS], before: Unit) -> Unit {
    let [s0, s1, s2, s3] = sums;
    match architecture {
        Architecture::Mlp | Architecture::Rnn => Unit { h: s0.tanh(), c: 0.0 },
        Architecture::Gru => {
            let candidate = (s2 + sigmoid(s0) * s1).tanh();
            Unit { h: candidate + sigmoid(s3) * (before.h - candidate), c: 0.0 }
        }
        Architecture::Lstm => {
            let c = sigmoid(s2) * before.c + sigmoid(s0) * s1.tanh();
            Unit { h: sigmoid(s3) * c.tanh(), c }
        }
    }
}

/// Returns the adjoints of the sums, and those of the unit before the step except for what goes through sums.
///
/// - `g`: adjoints of the unit after the step
pub fn adjoint(architecture: Architecture, sums: [f64; MOST_SUMS], before: Unit, g: Unit) -> ([f64; MOST_SUMS], Unit) {
    let [s0, s1, s2, s3] = sums;
    match architecture {
        Architecture::Mlp | Architecture::Rnn => ([g.h * (1.0 - s0.tanh().powi(2)), 0.0, 0.0, 0.0], Unit::default()),
        Architecture::Gru => {
            let (reset, update) = (sigmoid(s0), sigmoid(s3));
            let candidate = (s2 + reset * s1).tanh();
            let g_candidate = g.h * (1.0 - update) * (1.0 - candidate * candidate);
            let g_update = g.h * (before.h - candidate) * update * (1.0 - update);
            let g_reset = g_candidate * s1 * reset * (1.0 - reset);
            ([g_reset, g_candidate * reset, g_candidate, g_update], Unit { h: g.h * update, c: 0.0 })
        }
        Architecture::Lstm => {
            let (input, candidate, forget, output) = (sigmoid(s0), s1.tanh(), sigmoid(s2), sigmoid(s3));
            let t = (forget * before.c + input * candidate).tanh();
            let g_c = g.c + g.h * output * (1.0 - t * t);
            let g_input = g_c * candidate * input * (1.0 - input);
            let g_candidate = g_c * input * (1.0 - candidate * candidate);
            let g_forget = g_c * before.c * forget * (1.0 - forget);
            let g_output = g.h * t * output * (1.0 - output);
            ([g_input, g_candidate, g_forget, g_output], Unit { h: 0.0, c: g_c * forget })
        }
    }
}
