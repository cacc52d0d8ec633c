//! Layout of an algorithm's kernels on a device.

/// Layout of the kernels; all layouts give equal results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlgorithmLaunch {
    /// Invocations per workgroup.
    pub workgroup: usize,
    /// True to multiply in 64 bits.
    pub int64: bool,
}

impl Default for AlgorithmLaunch {
    /// Returns a layout that every device can run.
    fn default() -> Self {
        Self { workgroup: 64, int64: false }
    }
}

impl AlgorithmLaunch {
    /// Slots that an invocation of `algorithm.sample` draws one after the other, so that it reads the distribution
    /// only once for all of them.
    pub const SAMPLE_CHUNK: usize = 8;

    /// Returns the number of workgroups for `invocations` invocations.
    pub fn groups(&self, invocations: usize) -> u32 {
        invocations.div_ceil(self.workgroup) as u32
    }

    /// Returns the workgroups of a kernel that draws the networks of `slots` slots, with `invocations` for each
    /// network.
    pub fn sample_workgroups(&self, invocations: usize, slots: usize) -> [u32; 3] {
        [self.groups(invocations), slots.div_ceil(Self::SAMPLE_CHUNK) as u32, 1]
    }
}
