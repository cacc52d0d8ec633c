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

const BODY: &str = "one environment an invocation keeps a body's matrices and the rows of its contacts in registers, \
                    more than a lane has";
const WHOLE_BODY: &str = "one environment an invocation is far too much for 23 degrees of freedom, which want one environment \
                          a workgroup";

/// All of them; whatever else spills fails `make gpu-stats`.
pub const KNOWN: [Known; 4] = [
    Known { preset: "hopper", kernel: "task.step", reason: BODY },
    Known { preset: "walker2d", kernel: "task.step", reason: BODY },
    Known { preset: "humanoid", kernel: "task.step", reason: WHOLE_BODY },
    Known {
        preset: "humanoid",
        kernel: "task.reset",
        reason: "inertias and velocities for the observation are private arrays indexed at run time; once an episode",
    },
];

/// The entry of a kernel, if it is known.
pub fn known(preset: &str, kernel: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.preset == preset && known.kernel == kernel)
}
