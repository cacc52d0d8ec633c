//! Kernel layouts with bit-identical results; the fastest one depends on the device.

use serde::{Deserialize, Serialize};

use crate::kernel::device::DeviceTraits;

/// One layout of the kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Invocations per workgroup of task kernels, one of [`Variant::TASK_WORKGROUPS`].
    pub task_workgroup: usize,
    /// Invocations per workgroup of the algorithm's kernels, one of [`Variant::ALGORITHM_WORKGROUPS`].
    pub algorithm_workgroup: usize,
    /// Index in [`crate::networks::Network::variants`].
    pub network: usize,
}

impl Variant {
    /// Values of [`Variant::task_workgroup`].
    pub const TASK_WORKGROUPS: [usize; 4] = [8, 16, 32, 64];
    /// Values of [`Variant::algorithm_workgroup`].
    pub const ALGORITHM_WORKGROUPS: [usize; 4] = [32, 64, 128, 256];

    /// Returns the default layout, chosen without measurements.
    pub fn usual(device: DeviceTraits) -> Self {
        Self { task_workgroup: if device.software { 8 } else { 32 }, algorithm_workgroup: 64, network: 0 }
    }

    /// Returns true if a plan can use this variant with a network of `networks` layouts.
    pub fn is_known(&self, networks: usize) -> bool {
        Self::TASK_WORKGROUPS.contains(&self.task_workgroup)
            && Self::ALGORITHM_WORKGROUPS.contains(&self.algorithm_workgroup)
            && self.network < networks
    }
}
