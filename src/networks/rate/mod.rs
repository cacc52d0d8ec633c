//! Networks without spikes: layers of real-valued units over rows of weights or of 1-bit connections.
//!
//! An architecture is a [`Cell`]: a list of parts and the shader that turns lines into outputs. The rest is the same
//! for all (`shaders/networks/rate/frame.wgsl`): the observation is normalised, the cell gives outputs `h`, and `action
//! = clamp(W_out h + b_out, -1, 1)`.
//!
//! With f32 weights the initial values are Flax's: `lecun_normal` for what acts on observations and for the read-out,
//! orthogonal for what acts on the units' own outputs, zero for biases. The first state is zero.
//!
//! With 1-bit connections (Evolving Connectivity for any architecture, Wang et al., NeurIPS 2023, section 6.4) there
//! are no biases, the observation comes as `[x, -x]`, and a connection has the sign of its presynaptic unit: units of
//! the first half excite, those of the second inhibit. A sum over inputs is scaled by `gain_in sqrt(1 / (0.5 d_obs))`,
//! one over units by `gain_hidden sqrt(1 / (0.5 units))`, the read-out by `gain_out sqrt(1 / (0.5 units))`: half of the
//! connections exist at the start, so that inputs of variance 1 give sums of variance `gain_in^2`.
//!
//! A bilateral one is two hemispheres of half the units with the same parameters, of which the second hears the
//! mirrored observation and gives the mirrored action, by the body's [`Mirror`]: `action = clamp(f + image of g, -1,
//! 1)`, where `f` and `g` are what the hemispheres read out, biases included. Sums are scaled and parameters begin as
//! for all units together.

mod cost;

use super::{KernelOptions, Network, NetworkKernels, Shape, Tensor, Weights, initial, lanes::units_a_lane, sides};
use crate::{
    config::Precision,
    kernel::{
        cost::{Cost, Operations},
        entry::{Kernel, PassId},
        genome::{Factors, Genome},
        mirror::Mirror,
        random::{Key, normals},
        wgsl::{ComposeError, Constants, compose, shader},
    },
};
use std::sync::Arc;

/// What tells one architecture from another. Plain data.
#[derive(Debug, PartialEq)]
pub struct Cell {
    /// Name in configurations and reports: `gru`.
    pub name: &'static str,
    /// Root shader, which gives `cell`: a path in `shaders/`, or the label of `text`.
    pub shader: &'static str,
    /// Text of the root shader, where it is none of this crate's.
    pub text: Option<&'static str>,
    /// Parameters but the read-out's, in the order of `theta`: what is added to one sum follows each other, the bias
    /// last. The shader knows where `name` begins as `ROW_NAME`.
    pub parts: &'static [(&'static str, Part)],
    /// Vectors of units carried from step to step; the first is what units send.
    pub n_carried: usize,
    /// Arithmetic a unit beside the sums.
    pub unit: Operations,
}

/// What a part of the parameters acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The observation: `[d_obs, units]`, or `[2 d_obs, units]` bits; here and below, units of a side.
    Input,
    /// The outputs of units of the same side: `[units, units]`.
    Hidden,
    /// Those of the other hemisphere: `[units, units]`; absent where there is none.
    Across,
    /// Nothing: `[units]`; absent where connections are bits.
    Bias,
}

/// A network of one architecture, ready to give its kernels.
#[derive(Debug, Clone, PartialEq)]
pub struct RateSpec {
    /// The architecture.
    pub cell: &'static Cell,
    /// Units: a multiple of 32, 32 to 2048.
    pub units: usize,
    /// What a parameter is.
    pub precision: Precision,
    /// Gain of 1-bit input connections.
    pub gain_in: f64,
    /// Gain of 1-bit recurrent connections.
    pub gain_hidden: f64,
    /// Gain of 1-bit output connections.
    pub gain_out: f64,
    /// Whether there are two hemispheres; units are a multiple of 64 then.
    pub bilateral: bool,
    /// The body's plane of symmetry, which kernels of two hemispheres need.
    pub mirror: Option<Arc<Mirror>>,
}

/// Half of the 1-bit connections exist at the start.
const EXPECTED_DENSITY: f64 = 0.5;

impl RateSpec {
    fn is_f32(&self) -> bool {
        self.precision == Precision::F32
    }

    /// Pieces with the same parameters: 2 hemispheres, or 1.
    pub fn sides(&self) -> usize {
        sides::count(self.bilateral)
    }

    /// Units of a side: parameters of a row.
    pub fn side_units(&self) -> usize {
        self.units / self.sides()
    }

    /// Lines that the observation becomes.
    fn input_lines(&self, shape: &Shape) -> usize {
        if self.is_f32() { shape.d_obs } else { 2 * shape.d_obs }
    }

    fn rows(&self, part: Part, shape: &Shape) -> usize {
        match part {
            Part::Input => self.input_lines(shape),
            Part::Hidden => self.side_units(),
            Part::Across => (self.sides() - 1) * self.side_units(),
            Part::Bias => usize::from(self.is_f32()),
        }
    }

    /// Returns the parts that are there.
    fn parts(&self, shape: &Shape) -> Vec<(&'static str, Part)> {
        self.cell.parts.iter().copied().filter(|(_, part)| self.rows(*part, shape) > 0).collect()
    }

    /// Lanes that share an individual.
    pub fn lanes(&self, options: &KernelOptions) -> usize {
        self.units / units_a_lane(self.units, options.lanes)
    }

    fn wgsl_constants(&self, shape: &Shape, genome: &Genome, options: &KernelOptions) -> Constants {
        let scale = |gain: f64, lines: usize| (gain * (1.0 / (EXPECTED_DENSITY * lines as f64)).sqrt()) as f32;
        let mut constants = sides::wgsl(Constants::default(), self.mirror.as_deref())
            .uint("UNITS", self.units)
            .uint("LANES", self.lanes(options))
            .uint("D_OBS", shape.d_obs)
            .uint("D_ACT", shape.d_act)
            .uint("INPUT_LINES", self.input_lines(shape))
            .uint("N_CARRIED", self.cell.n_carried)
            .uint("N_WORDS", genome.n_words())
            .float("NORMALISER_CLIP", options.normaliser_clip);
        let mut row = 0;
        for (name, part) in self.cell.parts {
            constants = constants.uint(&format!("ROW_{}", name.to_uppercase()), row);
            row += self.rows(*part, shape);
        }
        constants = constants.uint("ROW_READ_OUT", row).uint("N_ROWS", row + shape.d_act);
        if let Some(factors) = &genome.factors {
            return low_rank(constants, factors, genome);
        }
        if self.is_f32() {
            return constants;
        }
        constants
            .import_instead("networks/rate/rows_f32", "networks/rate/rows_bits")
            .uint("OWN", units_a_lane(self.units, options.lanes))
            .float("R_IN", scale(self.gain_in, shape.d_obs))
            .float("R_HIDDEN", scale(self.gain_hidden, self.units))
            .float("R_OUT", scale(self.gain_out, self.units))
    }

    /// Returns where a search begins in part number `tensor`; what acts within a hemisphere brings along what acts
    /// across.
    fn initial_part(&self, part: Part, tensor: usize, shape: &Shape, key: Key) -> Vec<f64> {
        let units = self.side_units();
        match part {
            Part::Input => initial::lecun_normal(shape.d_obs * units, shape.d_obs, tensor, key),
            Part::Hidden if self.bilateral => initial::within_and_across(units, tensor, key).concat(),
            Part::Hidden => initial::orthogonal(units, tensor, key),
            Part::Across => vec![],
            Part::Bias => vec![0.0; units],
        }
    }
}

/// Rows that all individuals share, but for a perturbation of low rank.
pub(super) fn low_rank(constants: Constants, factors: &Factors, genome: &Genome) -> Constants {
    let constants = constants.import_instead("networks/rate/weights", "networks/rate/weights_low_rank");
    factors.constants(constants, genome.shared_words())
}

impl Network for RateSpec {
    fn name(&self) -> &'static str {
        self.cell.name
    }

    fn weights(&self) -> Weights {
        if self.is_f32() { Weights::Floats } else { Weights::Bits }
    }

    fn tensors(&self, shape: &Shape) -> Vec<Tensor> {
        let cols = self.side_units();
        let part = |(name, part)| Tensor { name, rows: self.rows(part, shape), cols, transposed: false };
        let mut tensors: Vec<Tensor> = self.parts(shape).into_iter().map(part).collect();
        tensors.push(Tensor { name: "read_out", rows: shape.d_act, cols, transposed: true });
        if self.is_f32() {
            tensors.push(Tensor { name: "bias_read_out", rows: 1, cols: shape.d_act, transposed: false });
        }
        tensors
    }

    fn initial(&self, shape: &Shape, key: Key) -> Vec<f64> {
        if !self.is_f32() {
            return normals([0; 3], key).take(self.n_params(shape)).collect();
        }
        let parts = self.parts(shape);
        let part = |(tensor, (_, part)): (usize, &(_, Part))| self.initial_part(*part, tensor, shape, key);
        let mut values: Vec<f64> = parts.iter().enumerate().flat_map(part).collect();
        values.extend(initial::lecun_normal(shape.d_act * self.side_units(), self.units, parts.len(), key));
        values.extend(vec![0.0; shape.d_act]);
        values
    }

    fn state_words(&self, _shape: &Shape) -> usize {
        self.cell.n_carried * self.units
    }

    fn n_neurons(&self) -> usize {
        0
    }

    fn step_ms(&self) -> f64 {
        0.0
    }

    fn cost(&self, shape: &Shape, _firing_rate_hz: f64) -> Cost {
        cost::step(self, shape)
    }

    /// Returns what acts on observation and units for one sum is one matrix.
    fn factors(&self, shape: &Shape, rank: usize) -> Option<Factors> {
        let (mut rows, mut before) = (vec![], Part::Bias);
        for (_, part) in self.parts(shape) {
            match ((before, part), rows.last_mut()) {
                ((Part::Input, Part::Hidden) | (Part::Hidden, Part::Across), Some(last)) => {
                    *last += self.rows(part, shape);
                }
                _ => rows.push(self.rows(part, shape)),
            }
            before = part;
        }
        rows.push(shape.d_act);
        self.is_f32().then(|| Factors::new(rank, self.side_units(), &rows, shape.d_act))
    }

    fn kernels(&self, shape: &Shape, genome: &Genome, options: &KernelOptions) -> Result<NetworkKernels, ComposeError> {
        let label = self.cell.shader;
        let constants = self.wgsl_constants(shape, genome, options);
        let module = compose(label, self.cell.text.or(shader(label)).unwrap_or_default(), &constants)?;
        Ok(NetworkKernels {
            reset: Kernel::new(PassId::NetworkReset, &module, "network_reset"),
            step: Kernel::new(PassId::NetworkStep, &module, "network_step"),
        })
    }
}
