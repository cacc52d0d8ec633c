//! Evolvable neural units (Bertens and Lee, 2020): small gated recurrent units whose chromosome many of them share. A
//! unit alone is a network ([`single`]); a [`network`] of units has one at every synapse and neuron.
//!
//! With `c = [h, o, x]` (memory, own outputs, inputs; no biases):
//!
//! ```text
//! z = sigmoid(Wz c)    r = sigmoid(Wr c)    q = tanh(Wq [r h, o, x])
//! h' = (1 - z) h + z q          o' = clip(Wo h' + noise, 0, 1)
//! ```
//!
//! The ablations hear `[h, x]` alone. Nfenu is otherwise the same; a GRU reads the first channels of memory as they
//! are, without a matrix and without a clip; an LSTM stands in the unit's place, its forget gate offset by 1, and is
//! read out like the GRU.

pub mod network;
pub mod single;

use crate::{
    config::UnitCell,
    kernel::{
        cost::Operations,
        random::{Key, normals},
        wgsl::Constants,
    },
    networks::{NetworkLaunch, Tensor},
};

/// Memory of a workgroup that every device gives, bytes; less than the limit, for what is beside the lines.
const WORKGROUP_BYTES: usize = 16_384 - 1024;

/// Sizes of a unit, and its law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitSpec {
    /// Channels of memory, a multiple of 4.
    pub memory: usize,
    /// Outputs, a multiple of 4.
    pub outputs: usize,
    /// Inputs, a multiple of 4.
    pub inputs: usize,
    /// Law of a step.
    pub cell: UnitCell,
}

/// Sharing of rows among the invocations of a workgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// Rows per invocation: 1, 2 or 4.
    pub rows: usize,
    /// True if every invocation has rows of its own; else all have the same, and own columns.
    pub apart: bool,
}

impl Sharing {
    /// Returns the number of rows that a workgroup of `lanes` handles at a time.
    pub fn group(&self, lanes: usize) -> usize {
        if self.apart { self.rows * lanes } else { self.rows }
    }
}

impl UnitSpec {
    /// Makes a unit from the fields of a configuration.
    fn new([memory, outputs, inputs]: [u32; 3], cell: UnitCell) -> Self {
        Self { memory: memory as usize, outputs: outputs as usize, inputs: inputs as usize, cell }
    }

    /// Returns whether gates hear the unit's own outputs.
    fn hears_outputs(&self) -> bool {
        self.cell == UnitCell::Enu
    }

    /// Returns whether outputs have a matrix of their own, and are clipped.
    fn has_read_out(&self) -> bool {
        matches!(self.cell, UnitCell::Enu | UnitCell::Nfenu)
    }

    /// Returns the names of the gates' matrices in the order of storage, then of the outputs', for a unit called
    /// `kind`.
    fn names(&self, kind: Kind) -> [&'static [&'static str]; 2] {
        let gates: &[&str] = match (self.cell, kind) {
            (UnitCell::Lstm, Kind::Unit) => &["forget", "input", "candidate", "output"],
            (UnitCell::Lstm, Kind::Synapse) => {
                &["synapse_forget", "synapse_input", "synapse_candidate", "synapse_output"]
            }
            (UnitCell::Lstm, Kind::Neuron) => &["neuron_forget", "neuron_input", "neuron_candidate", "neuron_output"],
            (_, Kind::Unit) => &["reset", "update", "candidate"],
            (_, Kind::Synapse) => &["synapse_reset", "synapse_update", "synapse_candidate"],
            (_, Kind::Neuron) => &["neuron_reset", "neuron_update", "neuron_candidate"],
        };
        let read_out: &[&str] = match (self.has_read_out(), kind) {
            (false, _) => &[],
            (true, Kind::Unit) => &["read_out"],
            (true, Kind::Synapse) => &["synapse_read_out"],
            (true, Kind::Neuron) => &["neuron_read_out"],
        };
        [gates, read_out]
    }

    /// Returns the number of lines that a gate hears.
    fn heard(&self) -> usize {
        self.memory + self.inputs + if self.hears_outputs() { self.outputs } else { 0 }
    }

    /// Returns the matrices of a chromosome in the order of storage, a row per line that is heard.
    fn tensors(&self, kind: Kind) -> Vec<Tensor> {
        let [gates, read_out] = self.names(kind);
        let tensor =
            |rows, cols| move |name: &&'static str| Tensor { name, rows, cols, transposed: false, by_fours: true };
        let gates = gates.iter().map(tensor(self.heard(), self.memory));
        gates.chain(read_out.iter().map(tensor(self.memory, self.outputs))).collect()
    }

    /// Returns the number of parameters of a chromosome.
    pub fn n_params(&self) -> usize {
        self.tensors(Kind::Unit).iter().map(|tensor| tensor.rows * tensor.cols).sum()
    }

    /// Returns the words of a unit's state: memory, outputs, and the cell of an LSTM.
    fn state_words(&self) -> usize {
        self.memory + self.outputs + if self.cell == UnitCell::Lstm { self.memory } else { 0 }
    }

    /// Returns the number of lines of `shaders/networks/enu/unit.wgsl` if `heard` inputs are not always 0.
    fn lines(&self, heard: usize) -> usize {
        3 * self.memory + self.outputs + heard.next_multiple_of(4)
    }

    /// Returns the sharing `wanted`, with fewer rows if so many do not fit into a workgroup beside `bytes` bytes.
    fn fitting(&self, wanted: Sharing, lanes: usize, heard: usize, bytes: usize) -> Sharing {
        let fits = |sharing: &Sharing| 4 * self.lines(heard) * sharing.group(lanes) + bytes <= WORKGROUP_BYTES;
        let fewer = [wanted.apart, false].into_iter().flat_map(|apart| {
            [4, 2, 1].into_iter().filter(|rows| *rows <= wanted.rows).map(move |rows| Sharing { rows, apart })
        });
        fewer.into_iter().find(fits).unwrap_or(Sharing { rows: 1, apart: false })
    }

    /// Returns the constants and imports of `shaders/networks/enu/unit.wgsl` if `heard` inputs are not always 0.
    fn constants(&self, heard: usize, sharing: Sharing, launch: &NetworkLaunch) -> Constants {
        let mut constants = Constants::default()
            .uint("MEMORY", self.memory)
            .uint("OUTPUTS", self.outputs)
            .uint("INPUTS", self.inputs)
            .uint("X_LINES", heard.next_multiple_of(4))
            .uint("HEARS", usize::from(self.hears_outputs()))
            .uint("HAS_CELL", usize::from(self.cell == UnitCell::Lstm))
            .uint("LANES", launch.lanes);
        if sharing.apart {
            constants = constants.import_instead("networks/done_workgroup", "networks/enu/done_subgroup");
        }
        let mut instead = |wrong: bool, path: &str, other: &str| {
            if wrong {
                let full = |name: &str| format!("networks/enu/{name}");
                constants = std::mem::take(&mut constants).import_instead(&full(path), &full(other));
            }
        };
        instead(sharing.rows < 4, "rows_4", if sharing.rows == 2 { "rows_2" } else { "rows_1" });
        instead(sharing.apart, "lanes_columns", "lanes_rows");
        instead(self.cell == UnitCell::Lstm, "gated", "lstm");
        instead(!self.has_read_out(), "read_out", "read_out_memory");
        constants
    }

    /// Returns the operations of a step of a unit that hears `heard` inputs: the products, and the gates' functions.
    fn operations(&self, heard: usize) -> Operations {
        let [gates, read_out] = self.names(Kind::Unit).map(<[_]>::len);
        let unused = gates * (self.inputs - heard.next_multiple_of(4)) * self.memory;
        let products = Operations { add: 1.0, multiply: 1.0, ..Default::default() } * (self.n_params() - unused) as f64;
        let clips = Operations { select: 2.0, ..Default::default() } * (read_out * self.outputs) as f64;
        products + clips + GATE * (gates * self.memory) as f64
    }
}

/// Operations of a gate of a channel: a sigmoid or a hyperbolic tangent, and what it weighs.
const GATE: Operations =
    Operations { add: 9.0, multiply: 11.0, divide: 1.0, special: 0.0, select: 3.0, integer: 2.0, popcount: 0.0 };

/// Whose chromosome it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The only one's.
    Unit,
    /// That of all synapses.
    Synapse,
    /// That of all neurons.
    Neuron,
}

/// Returns `count` normal numbers of standard deviation `std`, drawn under `key`: the first parameters.
fn initial(count: usize, std: f64, key: Key) -> Vec<f64> {
    normals([0, 1, 0], key).take(count).map(|x| std * x).collect()
}
