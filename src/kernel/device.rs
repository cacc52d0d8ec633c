//! What a plan must know of a device.

/// The limits and habits of a device that decide how kernels are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceTraits {
    /// A software renderer: few lanes, few threads.
    pub software: bool,
    /// Largest binding, bytes.
    pub max_binding_bytes: u64,
    /// Memory that the invocations of a workgroup may share, bytes.
    pub workgroup_bytes: u32,
    /// Lanes of a subgroup, where there are subgroup operations and one size only; 0 elsewhere.
    pub subgroup: usize,
    /// Kernels may compute with 64-bit integers.
    pub int64: bool,
}

impl Default for DeviceTraits {
    /// Makes a software device with the limits every adapter has.
    fn default() -> Self {
        Self { software: true, max_binding_bytes: 128 << 20, workgroup_bytes: 16_384, subgroup: 0, int64: false }
    }
}
