//! The kernels that are known to keep registers in memory, and why.

/// A kernel that may spill or use scratch memory.
pub struct Known {
    /// Preset.
    pub preset: &'static str,
    /// Kernel.
    pub kernel: &'static str,
    /// Why, and why it is left so.
    pub reason: &'static str,
}

/// Sharing an environment would spill nothing, but costs as much for one environment as this does for 32.
const BODY: &str = "one environment an invocation keeps a body's matrices and the rows of its contacts in registers, \
                    more than a lane has; shared by a workgroup it would spill nothing and be many times slower";

/// All of them; whatever else spills fails `make gpu-stats`.
pub const KNOWN: [Known; 2] = [
    Known { preset: "hopper", kernel: "task.step", reason: BODY },
    Known { preset: "walker2d", kernel: "task.step", reason: BODY },
];

/// The entry of a kernel, if it is known.
pub fn known(preset: &str, kernel: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.preset == preset && known.kernel == kernel)
}
