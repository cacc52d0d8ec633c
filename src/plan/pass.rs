//! Parts of a plan: passes and their times, buffers, matrices.

use crate::kernel::{buffers::BufferId, entry::Kernel};

/// A named buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buffer {
    /// Identity of the buffer.
    pub id: BufferId,
    /// Size in bytes.
    pub bytes: u64,
    /// True if the size is proportional to the number of slots.
    pub per_slot: bool,
}

/// A named matrix among the parameters, in the shape that checkpoints use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Name without a prefix such as `rho.`: `hidden`.
    pub name: &'static str,
    /// Number of rows, the presynaptic side.
    pub rows: usize,
    /// Number of columns, the postsynaptic side.
    pub cols: usize,
    /// Index of its first parameter.
    pub offset: usize,
    /// True if the parameters are stored column by column.
    pub transposed: bool,
    /// True if four rows at a time are stored, column by column.
    pub by_fours: bool,
}

impl Matrix {
    /// Returns the parameter index of element `index`, counted row by row.
    pub fn param(&self, index: usize) -> usize {
        let (row, col) = (index / self.cols, index % self.cols);
        let place = match (self.by_fours, self.transposed) {
            (true, _) => 4 * (row / 4 * self.cols + col) + row % 4,
            (_, true) => col * self.rows + row,
            _ => index,
        };
        self.offset + place
    }
}

/// Time at which a pass runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once per rollout.
    Start,
    /// For slots that just received a life: after the start, and after compactions while lives wait.
    Fresh(DispatchRow),
    /// Every environment step, for the living slots.
    Step(DispatchRow),
    /// Every [`super::evolution::COMPACT_EVERY`] steps.
    Compaction,
    /// Once per block of members, after the rollout.
    Tell,
}

/// A row of the buffer `dispatch`. Twin: `shaders/rollout/dispatch_args.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DispatchRow {
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

impl DispatchRow {
    /// Number of rows.
    pub(super) const COUNT: u64 = 5;

    /// Returns the byte offset of the row in the buffer.
    pub fn offset(self) -> u64 {
        12 * self as u64
    }
}

/// One pass of a generation.
#[derive(Debug, Clone)]
pub struct Pass {
    /// Kernel to dispatch.
    pub kernel: Kernel,
    /// Time at which it runs.
    pub when: When,
}
