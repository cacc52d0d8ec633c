//! The parts of a plan: passes, when they run, buffers, matrices.

use crate::kernel::{buffers::BufferId, entry::Kernel};

/// A named buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buffer {
    /// Which.
    pub id: BufferId,
    /// Size.
    pub bytes: u64,
    /// Whether the size is a multiple of the number of slots.
    pub per_slot: bool,
}

/// A named matrix among the parameters, in the shape that checkpoints show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Name after the prefix, `rho.` or another: `hidden`.
    pub name: &'static str,
    /// Rows: presynaptic.
    pub rows: usize,
    /// Columns: postsynaptic.
    pub cols: usize,
    /// First parameter.
    pub offset: usize,
    /// Whether the parameters are stored column by column.
    pub transposed: bool,
}

impl Matrix {
    /// Returns the parameter behind element `index`, counted row by row.
    pub fn param(&self, index: usize) -> usize {
        let (row, col) = (index / self.cols, index % self.cols);
        self.offset + if self.transposed { col * self.rows + row } else { index }
    }
}

/// When a pass runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once a rollout.
    Start,
    /// For the slots that were just given to a life: after the start, and after compactions while lives wait.
    Fresh(Row),
    /// Every environment step, for the living slots.
    Step(Row),
    /// Every [`super::evolution::COMPACT_EVERY`] steps.
    Compaction,
    /// Once a block of members, after the rollout.
    Tell,
}

/// A row of the buffer `dispatch`; twin: `shaders/rollout/dispatch_args.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Living slots, network kernels.
    Network,
    /// Living slots, task kernels.
    Task,
    /// Fresh slots, sampling.
    FreshSample,
    /// Fresh slots, network kernels.
    FreshNetwork,
    /// Fresh slots, task kernels.
    FreshTask,
}

impl Row {
    /// Number of rows.
    pub(super) const COUNT: u64 = 5;

    /// Returns where the row starts in the buffer.
    pub fn offset(self) -> u64 {
        12 * self as u64
    }
}

/// One pass of a generation.
#[derive(Debug, Clone)]
pub struct Pass {
    /// What is dispatched.
    pub kernel: Kernel,
    /// When.
    pub when: When,
}
