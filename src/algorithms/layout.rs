//! How the kernels of an algorithm are laid out on a device.

/// How the kernels are laid out; results are equal for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Invocations per workgroup.
    pub workgroup: usize,
    /// Multiply in 64 bits.
    pub int64: bool,
}

impl Default for Layout {
    /// Makes what every device runs.
    fn default() -> Self {
        Self { workgroup: 64, int64: false }
    }
}

impl Layout {
    /// Slots that an invocation of `algorithm.sample` draws, one after the other: what it reads of the distribution
    /// serves all of them.
    pub const SAMPLE_CHUNK: usize = 8;

    /// Workgroups for so many invocations.
    pub fn groups(&self, invocations: usize) -> u32 {
        invocations.div_ceil(self.workgroup) as u32
    }

    /// Workgroups of a kernel whose invocations draw the networks of `slots` slots, `invocations` for each network.
    pub fn sample_workgroups(&self, invocations: usize, slots: usize) -> [u32; 3] {
        [self.groups(invocations), slots.div_ceil(Self::SAMPLE_CHUNK) as u32, 1]
    }
}
