//! Networks without spikes once more, in f64, straight from their equations, weights looked up one at a time.

use std::collections::BTreeMap;

use gpu_ec::{kernel::mirror::Mirror, networks::Tensor};

/// Which equations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    Gru,
    Lstm,
    Rnn,
    Mlp,
}

/// How 1-bit connections act: all gains, in the order of input, recurrent, output.
pub type Gains = [f64; 3];

/// By name: `[rows][cols]` as a checkpoint shows them; bits are 0 or 1.
pub type Tensors = BTreeMap<&'static str, Vec<Vec<f64>>>;

/// One individual.
#[derive(Debug, Clone)]
pub struct Twin {
    pub architecture: Architecture,
    pub units: usize,
    /// Units of a hemisphere: all, where there are none.
    pub side: usize,
    pub d_act: usize,
    /// `None`: real weights and biases.
    pub bits: Option<Gains>,
    /// Those of all units.
    pub tensors: Tensors,
}

/// What is carried from step to step.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub hidden: Vec<f64>,
    pub cells: Vec<f64>,
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `values` in the order of `theta`, as matrices.
pub fn matrices(tensors: &[Tensor], values: &[f32]) -> Tensors {
    let mut rest = values;
    let mut found = BTreeMap::new();
    for tensor in tensors {
        let (own, after) = rest.split_at(tensor.rows * tensor.cols);
        rest = after;
        let at = |row: usize, col: usize| f64::from(own[row * tensor.cols + col]);
        let (rows, cols) = (tensor.rows, tensor.cols);
        let matrix = if tensor.transposed {
            (0..cols).map(|col| (0..rows).map(|row| at(row, col)).collect()).collect()
        } else {
            (0..rows).map(|row| (0..cols).map(|col| at(row, col)).collect()).collect()
        };
        found.insert(tensor.name, matrix);
    }
    assert!(rest.is_empty(), "{} parameters without a tensor", rest.len());
    found
}

/// The tensors of both hemispheres together from those of one. What the second one does with a mirrored observation is
/// what other connections do with the observation itself.
pub fn unfold(side: &Tensors, mirror: &Mirror, bits: bool) -> Tensors {
    let joined = |left: &[f64], right: &[f64]| [left, right].concat();
    let sign = |negated: bool| if negated { -1.0 } else { 1.0 };
    let actions: Vec<(usize, f64)> =
        (0..mirror.action.of.len()).map(|a| (mirror.action.of[a], sign(mirror.action.negated[a]))).collect();
    let both = |name: &str, own: &Vec<Vec<f64>>| match name {
        "read_out" => {
            let reflected = own.iter().map(|row| actions.iter().map(|(of, sign)| sign * row[*of]).collect());
            own.iter().cloned().chain(reflected).collect()
        }
        "bias_read_out" => {
            vec![actions.iter().zip(&own[0]).map(|((of, sign), bias)| bias + sign * own[0][*of]).collect()]
        }
        bias if bias.starts_with("bias") => vec![joined(&own[0], &own[0])],
        hidden if hidden.starts_with("hidden") => {
            let across = &side[hidden.replace("hidden", "commissural").as_str()];
            let rows = |left: &[Vec<f64>], right: &[Vec<f64>]| -> Vec<Vec<f64>> {
                left.iter().zip(right).map(|(left, right)| joined(left, right)).collect()
            };
            [rows(own, across), rows(across, own)].concat()
        }
        _ => {
            let count = mirror.observation.of.len();
            let line = |row: usize| {
                let (i, minus) = (row % count, row >= count);
                let (of, negated) = (mirror.observation.of[i], mirror.observation.negated[i]);
                // of bits, a negated entry is the other of its two lines
                let heard = if bits && minus != negated { count + of } else { of };
                let factor = if bits { 1.0 } else { sign(negated) };
                joined(&own[row], &own[heard].iter().map(|weight| factor * weight).collect::<Vec<_>>())
            };
            (0..own.len()).map(line).collect()
        }
    };
    let kept = side.iter().filter(|(name, _)| !name.starts_with("commissural"));
    kept.map(|(name, own)| (*name, both(name, own))).collect()
}

impl Twin {
    /// What the observation `x` adds to unit `to`.
    fn input(&self, name: &str, x: &[f64], to: usize) -> f64 {
        let w = &self.tensors[name];
        match self.bits {
            None => (0..x.len()).map(|i| w[i][to] * x[i]).sum(),
            Some([gain, _, _]) => {
                let sum: f64 = (0..x.len()).map(|i| (w[i][to] - w[x.len() + i][to]) * x[i]).sum();
                gain * (1.0 / (0.5 * x.len() as f64)).sqrt() * sum
            }
        }
    }

    /// What the units at `h` add to unit or action `to`; `gain` is 1 for units, 2 for actions.
    fn units(&self, name: &str, h: &[f64], to: usize, gain: usize) -> f64 {
        let w = &self.tensors[name];
        match self.bits {
            None => (0..h.len()).map(|k| w[k][to] * h[k]).sum(),
            Some(gains) => {
                let sign = |k: usize| if k % self.side < self.side / 2 { 1.0 } else { -1.0 };
                let sum: f64 = (0..h.len()).map(|k| w[k][to] * sign(k) * h[k]).sum();
                gains[gain] * (1.0 / (0.5 * h.len() as f64)).sqrt() * sum
            }
        }
    }

    fn bias(&self, name: &str, to: usize) -> f64 {
        if self.bits.is_some() { 0.0 } else { self.tensors[name][0][to] }
    }

    /// A gate before its nonlinearity.
    fn gate(&self, gate: &str, x: &[f64], h: &[f64], to: usize) -> f64 {
        self.input(&format!("input_{gate}"), x, to)
            + self.units(&format!("hidden_{gate}"), h, to, 1)
            + self.bias(&format!("bias_{gate}"), to)
    }

    fn unit(&self, x: &[f64], state: &State, k: usize) -> (f64, f64) {
        let h = &state.hidden;
        match self.architecture {
            Architecture::Gru => {
                let reset = sigmoid(self.gate("reset", x, h, k));
                let update = sigmoid(self.gate("update", x, h, k));
                let recurrent = self.units("hidden_candidate", h, k, 1) + self.bias("bias_hidden_candidate", k);
                let candidate = self.input("input_candidate", x, k) + self.bias("bias_candidate", k);
                ((1.0 - update) * (candidate + reset * recurrent).tanh() + update * h[k], 0.0)
            }
            Architecture::Lstm => {
                let gate = |name| self.gate(name, x, h, k);
                let cell = sigmoid(gate("forget")) * state.cells[k] + sigmoid(gate("input")) * gate("candidate").tanh();
                (sigmoid(gate("output")) * cell.tanh(), cell)
            }
            Architecture::Rnn => {
                let sum = self.input("input", x, k) + self.units("hidden", h, k, 1) + self.bias("bias", k);
                (sum.tanh(), 0.0)
            }
            Architecture::Mlp => ((self.input("input", x, k) + self.bias("bias", k)).tanh(), 0.0),
        }
    }

    /// One environment step, in place: the actions before the clip.
    pub fn step(&self, x: &[f64], state: &mut State) -> Vec<f64> {
        let (hidden, cells) = (0..self.units).map(|k| self.unit(x, state, k)).unzip();
        *state = State { hidden, cells };
        let action = |a| self.units("read_out", &state.hidden, a, 2) + self.bias("bias_read_out", a);
        (0..self.d_act).map(action).collect()
    }
}
