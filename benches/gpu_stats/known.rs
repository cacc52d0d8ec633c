//! Kernels that are known to keep registers in memory, and the reasons.

/// A kernel that may spill or use scratch memory.
pub struct Known {
    /// Preset.
    pub preset: &'static str,
    /// Kernel.
    pub kernel: &'static str,
    /// Reason why it spills, and why that is left so.
    pub reason: &'static str,
}

/// Reason of the body kernels. Sharing an environment would spill nothing, but cost as much for one environment as
/// this does for 32.
const BODY: &str = "one environment an invocation keeps a body's matrices and the rows of its contacts in registers, \
                    more than a lane has; shared by a workgroup it would spill nothing and be many times slower";

/// All known kernels; any other that spills fails `make gpu-stats`.
pub const KNOWN: [Known; 2] = [
    Known { preset: "hopper", kernel: "task.step", reason: BODY },
    Known { preset: "walker2d", kernel: "task.step", reason: BODY },
];

/// Returns the entry of a kernel, if it is known.
pub fn known(preset: &str, kernel: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.preset == preset && known.kernel == kernel)
}
