//! Networks without spikes once more, in f64, straight from their equations, weights looked up one at a time.

use std::collections::BTreeMap;

use gpu_ec::networks::Tensor;

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

/// One individual.
#[derive(Debug, Clone)]
pub struct Twin {
    pub architecture: Architecture,
    pub units: usize,
    pub d_act: usize,
    /// `None`: real weights and biases.
    pub bits: Option<Gains>,
    /// By name: `[rows][cols]` as a checkpoint shows them; bits are 0 or 1.
    pub tensors: BTreeMap<&'static str, Vec<Vec<f64>>>,
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
pub fn matrices(tensors: &[Tensor], values: &[f32]) -> BTreeMap<&'static str, Vec<Vec<f64>>> {
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
                let sign = |k: usize| if k < h.len() / 2 { 1.0 } else { -1.0 };
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
