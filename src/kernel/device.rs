//! Device properties that a plan depends on.

/// Limits and properties of a device that decide the layout of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceTraits {
    /// True for a software renderer, which has few lanes and few threads.
    pub software: bool,
    /// Largest binding, in bytes.
    pub max_binding_bytes: u64,
    /// Workgroup memory, in bytes.
    pub workgroup_bytes: u32,
    /// Lanes per subgroup; 0 without subgroup operations or without a single fixed size.
    pub subgroup: usize,
    /// True if kernels can use 64-bit integers.
    pub int64: bool,
}

impl Default for DeviceTraits {
    /// Returns a software device with the limits that every adapter has.
    fn default() -> Self {
        Self { software: true, max_binding_bytes: 128 << 20, workgroup_bytes: 16_384, subgroup: 0, int64: false }
    }
}
