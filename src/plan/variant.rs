//! Layouts of the same kernels that give equal bits; which is fastest depends on the device.

use serde::{Deserialize, Serialize};

use crate::kernel::device::DeviceTraits;

/// One way to lay the kernels out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Invocations a workgroup of task kernels, one of [`Variant::TASK_WORKGROUPS`].
    pub task_workgroup: usize,
    /// Invocations a workgroup of the algorithm's kernels, one of [`Variant::ALGORITHM_WORKGROUPS`].
    pub algorithm_workgroup: usize,
    /// Position in [`crate::networks::Network::variants`].
    pub network: usize,
}

impl Variant {
    /// What [`Variant::task_workgroup`] may be.
    pub const TASK_WORKGROUPS: [usize; 4] = [8, 16, 32, 64];
    /// What [`Variant::algorithm_workgroup`] may be.
    pub const ALGORITHM_WORKGROUPS: [usize; 4] = [32, 64, 128, 256];

    /// Makes what is taken without measuring.
    pub fn usual(device: DeviceTraits) -> Self {
        Self { task_workgroup: if device.software { 8 } else { 32 }, algorithm_workgroup: 64, network: 0 }
    }

    /// Returns whether a plan can be made of it, for a network of `networks` variants.
    pub fn is_known(&self, networks: usize) -> bool {
        Self::TASK_WORKGROUPS.contains(&self.task_workgroup)
            && Self::ALGORITHM_WORKGROUPS.contains(&self.algorithm_workgroup)
            && self.network < networks
    }
}
