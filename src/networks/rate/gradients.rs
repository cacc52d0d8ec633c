//! Gradients of networks without spikes: the cell's own text once more, with a tape, and its adjoint.

use super::{Part, RateSpec};
use crate::{
    kernel::{
        buffers::BufferId,
        descent::{Blocks, ReadOut, Sizes, lanes_share_rows},
        device::DeviceTraits,
        entry::{Kernel, PassId},
        genome::Genome,
        wgsl::{ComposeError, Constants, compose, shader},
    },
    networks::{GradientKernels, IoDims, Network, NetworkLaunch},
};

/// Invocations per workgroup at most.
const WORKGROUP: usize = 256;
/// Sequences that a workgroup walks through side by side, at most.
const GROUP: usize = 8;

/// Adjoint of a cell.
#[derive(Debug, PartialEq)]
pub struct CellAdjoint {
    /// Root shader, which defines `adjoint`: a path in `shaders/`.
    pub shader: &'static str,
    /// Vectors of units that the cell keeps for it.
    pub n_kept: usize,
}

/// Kind of the values that a part of the rows multiplies, as `networks/rate/outer` numbers them.
const ACTIONS: usize = 3;

fn kind(part: Part) -> usize {
    match part {
        Part::Input => 0,
        Part::Hidden | Part::Across => 1,
        Part::Bias => 2,
    }
}

impl RateSpec {
    /// Composes the kernels of the gradients; `None` for cells without adjoint, 1-bit connections and two hemispheres.
    pub(super) fn gradient_kernels(
        &self,
        sizes: &Sizes,
        launch: &NetworkLaunch,
        device: DeviceTraits,
    ) -> Option<Result<GradientKernels, ComposeError>> {
        let adjoint = self.cell.adjoint.as_ref()?;
        let known = self.is_f32() && !self.bilateral;
        known.then(|| self.compose_gradients(adjoint, sizes, launch, device))
    }

    /// Returns the words per sequence on the tape; 0 without gradients.
    pub(super) fn words_of_tape(&self, io: &IoDims, bptt: usize) -> usize {
        let vectors = self.cell.adjoint.as_ref().map(|adjoint| self.tape_vectors(adjoint, &Rows::new(self, io)));
        // after the last step, the tape has what the first one found
        vectors.map_or(0, |vectors| vectors * self.units * (bptt + 1))
    }

    fn carried(&self) -> usize {
        self.cell.n_carried.max(1)
    }

    fn tape_vectors(&self, adjoint: &CellAdjoint, rows: &Rows) -> usize {
        2 * self.carried() + adjoint.n_kept + rows.n_sums + 1
    }

    fn compose_gradients(
        &self,
        adjoint: &CellAdjoint,
        sizes: &Sizes,
        launch: &NetworkLaunch,
        device: DeviceTraits,
    ) -> Result<GradientKernels, ComposeError> {
        let io = IoDims { d_obs: sizes.d_obs, d_act: sizes.d_act };
        let rows = Rows::new(self, &io);
        let quads = self.units / 4;
        let group = (1..=GROUP).rev().find(|group| sizes.round_sequences().is_multiple_of(*group)).unwrap_or(1);
        let in_subgroups = group == GROUP && lanes_share_rows(quads, device);
        let lanes = match in_subgroups {
            true => Some(quads / GROUP),
            false => (1..=quads).rev().find(|lanes| quads.is_multiple_of(*lanes) && lanes * group <= WORKGROUP),
        };
        let (carried, vectors) = (self.carried(), self.tape_vectors(adjoint, &rows));
        let constants = rows
            .wgsl(sizes.wgsl_of_round(self.wgsl_constants(
                &io,
                &Genome::whole(self.weights(), self.n_params(&io)),
                launch,
            )))
            .uint("GROUP", group)
            .uint("LANES", lanes.unwrap_or(1))
            .uint("TAPE_VECTORS", vectors)
            .uint("TAPE_CARRIED", carried)
            .uint("TAPE_KEPT", adjoint.n_kept)
            .uint("TAPE_SUMS", rows.n_sums);
        let constants = match in_subgroups {
            true => constants.import_instead("networks/rate/taped/shared", "networks/rate/taped/subgroup"),
            false => constants,
        };
        let module = |path: &str, constants: &Constants| compose(path, shader(path).unwrap_or_default(), constants);
        let taped = constants.clone().import_instead("networks/rate/frame", "networks/rate/frame_taped");
        let forward = Kernel::new(PassId::PpoForward, &module(self.cell.shader, &taped)?, "forward");
        let backward = Kernel::new(PassId::PpoBackward, &module(adjoint.shader, &constants)?, "backward");
        let outer = rows.blocks.wgsl(constants, quads, 0, device);
        let outer = Kernel::new(PassId::PpoOuter, &module("networks/rate/outer", &outer)?, "outer");
        let groups = [(sizes.round_sequences() / group) as u32, 1, 1];
        let sums = rows.blocks.workgroups(quads, device);
        Ok(GradientKernels {
            forward: (forward, groups),
            backward: vec![(backward, groups), (outer, sums)],
            units: self.units,
            vectors,
            read_out: ReadOut {
                first_row: rows.read_out,
                bias_at: (rows.read_out + io.d_act) * self.units,
                factor: 1.0,
                lanes: self.lanes(launch),
                spread: true,
                by_sequence: false,
            },
            bits: None,
            buffers: vec![(
                BufferId::PpoTape,
                (4 * sizes.round_sequences() * self.words_of_tape(&io, sizes.bptt)) as u64,
            )],
        })
    }
}

/// Rows of the parameters, and the sums that they are part of.
struct Rows {
    blocks: Blocks,
    kinds: Vec<usize>,
    sums: Vec<usize>,
    n_sums: usize,
    /// First rows of the matrices that act on units, and their sums.
    hidden: Vec<(usize, usize)>,
    read_out: usize,
}

impl Rows {
    fn new(spec: &RateSpec, io: &IoDims) -> Self {
        let (mut first, mut sum) = (0, 0);
        let (mut firsts, mut counts, mut kinds, mut sums, mut hidden) = (vec![], vec![], vec![], vec![], vec![]);
        for (_, part) in spec.parts(io) {
            let rows = spec.rows(part, io);
            firsts.push(first);
            counts.push(rows);
            kinds.push(kind(part));
            sums.push(sum);
            if kind(part) == kind(Part::Hidden) {
                hidden.push((first, sum));
            }
            first += rows;
            // a bias ends the terms of a sum
            sum += usize::from(part == Part::Bias);
        }
        firsts.push(first);
        counts.push(io.d_act);
        kinds.push(ACTIONS);
        sums.push(0);
        Self { blocks: Blocks::new(firsts, counts), kinds, sums, n_sums: sum, hidden, read_out: first }
    }

    fn wgsl(&self, constants: Constants) -> Constants {
        let (mut rows, mut sums): (Vec<usize>, Vec<usize>) = self.hidden.iter().copied().unzip();
        if rows.is_empty() {
            // a list has at least one entry
            rows.push(0);
            sums.push(0);
        }
        constants
            .uints("PART_KIND", &self.kinds)
            .uints("PART_SUM", &self.sums)
            .uint("HIDDEN_PARTS", self.hidden.len())
            .uints("HIDDEN_ROW", &rows)
            .uints("HIDDEN_SUM", &sums)
    }
}
