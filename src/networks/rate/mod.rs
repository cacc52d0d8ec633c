//! Networks without spikes: layers of real-valued units over rows of weights or of 1-bit connections.
//!
//! An architecture is a [`Cell`]: a list of parts, and the shader that turns lines into outputs. All architectures
//! share the rest (`shaders/networks/rate/frame.wgsl`). The observation is normalised, the cell computes outputs `h`,
//! and `action = clamp(W_out h + b_out, -1, 1)`.
//!
//! With f32 weights, the initial values are those of Flax: `lecun_normal` for weights of observations and the
//! read-out, orthogonal for recurrent weights, zero for biases. The initial state is zero.
//!
//! With 1-bit connections (Evolving Connectivity for any architecture, Wang et al., NeurIPS 2023, section 6.4) there
//! are no biases. The observation enters as `[x, -x]`, and a connection has the sign of its presynaptic unit: the
//! first half of the units excite, the second half inhibit. Sums over inputs are scaled by
//! `gain_in sqrt(1 / (0.5 d_obs))`, sums over units by `gain_hidden sqrt(1 / (0.5 units))`, and the read-out by
//! `gain_out sqrt(1 / (0.5 units))`. Half of the connections exist at the start, so inputs of variance 1 give sums of
//! variance `gain_in^2`.
//!
//! A bilateral network consists of two hemispheres with half of the units each and the same parameters. The second
//! one receives the mirrored observation and gives the mirrored action, by the body's [`Mirror`]. Then
//! `action = clamp(f + image of g, -1, 1)`, where `f` and `g` are the read-outs of the hemispheres, including biases.
//! Scales and initial parameters are those of a network with all units.

mod cost;
mod gradients;

pub use gradients::CellAdjoint;

use super::{
    GradientKernels, IoDims, Network, NetworkKernels, NetworkLaunch, Tensor, Weights, initial, lanes::units_a_lane,
    sides,
};
use crate::{
    config::Precision,
    kernel::{
        cost::{Cost, Operations},
        descent::Sizes,
        device::DeviceTraits,
        genome::{Factors, Genome},
        mirror::Mirror,
        random::{Key, normals},
        wgsl::{ComposeError, Constants, compose, shader},
    },
};
use std::sync::Arc;

/// Definition of one architecture. Plain data.
#[derive(Debug, PartialEq)]
pub struct Cell {
    /// Name in configurations and reports: `gru`.
    pub name: &'static str,
    /// Root shader, which defines `cell`: a path in `shaders/`, or the label of `text`.
    pub shader: &'static str,
    /// User-supplied text of the root shader, if it is not one of this crate's.
    pub text: Option<&'static str>,
    /// Parameters except those of the read-out, in the order of `theta`. The terms of one sum are consecutive, with
    /// the bias last. The shader reads the first row of `name` from the constant `ROW_NAME`.
    pub parts: &'static [(&'static str, Part)],
    /// Number of vectors of units carried from step to step; the first one is what units send.
    pub n_carried: usize,
    /// Adjoint, with which gradients can be descended; `None` if there is none.
    pub adjoint: Option<CellAdjoint>,
    /// Arithmetic per unit, apart from the sums.
    pub unit: Operations,
}

/// Source of the values that a part of the parameters multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The observation: `[d_obs, units]`, or `[2 d_obs, units]` bits. Here and below, `units` are the units of one
    /// side.
    Input,
    /// Outputs of the units of the same side: `[units, units]`.
    Hidden,
    /// Outputs of the other hemisphere: `[units, units]`; absent with a single side.
    Across,
    /// A constant: `[units]`; absent if connections are bits.
    Bias,
}

/// A network of one architecture that can compose its kernels.
#[derive(Debug, Clone, PartialEq)]
pub struct RateSpec {
    /// Architecture.
    pub cell: &'static Cell,
    /// Number of units: a multiple of 32, 32 to 2048.
    pub units: usize,
    /// Representation of a parameter.
    pub precision: Precision,
    /// Gain of 1-bit input connections.
    pub gain_in: f64,
    /// Gain of 1-bit recurrent connections.
    pub gain_hidden: f64,
    /// Gain of 1-bit output connections.
    pub gain_out: f64,
    /// True for two hemispheres, which need a multiple of 64 units.
    pub bilateral: bool,
    /// The body's plane of symmetry, needed by kernels of two hemispheres.
    pub mirror: Option<Arc<Mirror>>,
}

/// Fraction of 1-bit connections that exist at the start.
const EXPECTED_DENSITY: f64 = 0.5;

impl RateSpec {
    fn is_f32(&self) -> bool {
        self.precision == Precision::F32
    }

    /// Returns the number of sides with the same parameters: 2 hemispheres, or 1.
    pub fn sides(&self) -> usize {
        sides::count(self.bilateral)
    }

    /// Returns the units per side, which are the parameters per row.
    pub fn side_units(&self) -> usize {
        self.units / self.sides()
    }

    /// Returns the number of input lines that carry the observation.
    fn input_lines(&self, shape: &IoDims) -> usize {
        if self.is_f32() { shape.d_obs } else { 2 * shape.d_obs }
    }

    fn rows(&self, part: Part, shape: &IoDims) -> usize {
        match part {
            Part::Input => self.input_lines(shape),
            Part::Hidden => self.side_units(),
            Part::Across => (self.sides() - 1) * self.side_units(),
            Part::Bias => usize::from(self.is_f32()),
        }
    }

    /// Returns the parts that are not empty.
    fn parts(&self, shape: &IoDims) -> Vec<(&'static str, Part)> {
        self.cell.parts.iter().copied().filter(|(_, part)| self.rows(*part, shape) > 0).collect()
    }

    /// Returns the lanes per individual.
    pub fn lanes(&self, options: &NetworkLaunch) -> usize {
        self.units / units_a_lane(self.units, options.lanes)
    }

    fn wgsl_constants(&self, shape: &IoDims, genome: &Genome, options: &NetworkLaunch) -> Constants {
        let scale = |gain: f64, lines: usize| (gain * (1.0 / (EXPECTED_DENSITY * lines as f64)).sqrt()) as f32;
        let mut constants = sides::wgsl(Constants::default(), self.mirror.as_deref())
            .uint("UNITS", self.units)
            .uint("LANES", self.lanes(options))
            .uint("D_OBS", shape.d_obs)
            .uint("D_ACT", shape.d_act)
            .uint("INPUT_LINES", self.input_lines(shape))
            .uint("N_CARRIED", self.cell.n_carried)
            .uint("N_WORDS", genome.n_words())
            .float("NORMALISER_CLIP", options.normaliser_clip)
            .float("ACTION_BOUND", options.action_bound);
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

    /// Returns initial values of part number `tensor`. With two hemispheres, `Hidden` includes the values of
    /// `Across`, which then has none of its own.
    fn initial_part(&self, part: Part, tensor: usize, shape: &IoDims, key: Key) -> Vec<f64> {
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

/// Adds the constants for rows that all individuals share, apart from a low-rank perturbation.
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

    fn tensors(&self, shape: &IoDims) -> Vec<Tensor> {
        let cols = self.side_units();
        let part =
            |(name, part)| Tensor { name, rows: self.rows(part, shape), cols, transposed: false, by_fours: false };
        let mut tensors: Vec<Tensor> = self.parts(shape).into_iter().map(part).collect();
        tensors.push(Tensor { name: "read_out", rows: shape.d_act, cols, transposed: true, by_fours: false });
        if self.is_f32() {
            tensors.push(Tensor {
                name: "bias_read_out",
                rows: 1,
                cols: shape.d_act,
                transposed: false,
                by_fours: false,
            });
        }
        tensors
    }

    fn initial(&self, shape: &IoDims, key: Key) -> Vec<f64> {
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

    fn tape_words(&self, shape: &IoDims, bptt: usize) -> usize {
        self.words_of_tape(shape, bptt)
    }

    fn gradients(
        &self,
        sizes: &Sizes,
        launch: &NetworkLaunch,
        device: DeviceTraits,
    ) -> Option<Result<GradientKernels, ComposeError>> {
        self.gradient_kernels(sizes, launch, device)
    }

    fn state_words(&self, _shape: &IoDims) -> usize {
        self.cell.n_carried * self.units
    }

    fn n_neurons(&self) -> usize {
        0
    }

    fn step_ms(&self) -> f64 {
        0.0
    }

    fn cost(&self, shape: &IoDims, _firing_rate_hz: f64) -> Cost {
        cost::step(self, shape)
    }

    /// Returns the low-rank layout; input and recurrent parts of the same sum form one matrix.
    fn factors(&self, shape: &IoDims, rank: usize) -> Option<Factors> {
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

    fn kernels(
        &self,
        shape: &IoDims,
        genome: &Genome,
        options: &NetworkLaunch,
    ) -> Result<NetworkKernels, ComposeError> {
        let label = self.cell.shader;
        let constants = self.wgsl_constants(shape, genome, options);
        let module = compose(label, self.cell.text.or(shader(label)).unwrap_or_default(), &constants)?;
        Ok(NetworkKernels::of(&module))
    }
}
