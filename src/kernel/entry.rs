//! A kernel: one entry point of a composed module.

use std::sync::Arc;

use super::wgsl::Module;

macro_rules! passes {
    ($($(#[$doc:meta])* $Name:ident = $name:literal;)*) => {
        /// What a kernel does in a plan.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PassId {
            $($(#[$doc])* $Name,)*
            /// One that no plan of this crate has.
            Other(&'static str),
        }

        impl PassId {
            /// Returns its name in timings and reports.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Name => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

passes! {
    /// Membranes and synapses of fresh slots.
    NetworkReset = "network.reset";
    /// One environment step of the living networks.
    NetworkStep = "network.step";
    /// Start states of fresh slots.
    TaskReset = "task.reset";
    /// One environment step of the living bodies.
    TaskStep = "task.step";
    /// Parameters of fresh slots.
    Sample = "algorithm.sample";
    /// Parameters, or factors of them, drawn once more for the estimate.
    Resample = "algorithm.resample";
    /// The estimate, a block of members at a time.
    Gradient = "algorithm.gradient";
    /// The first lives get their slots.
    Start = "rollout.start";
    /// Slots of ended lives go to the next.
    Compact = "rollout.compact";
    /// What a network puts out becomes controls.
    Controls = "rollout.controls";
    /// A step is taken down.
    Motion = "rollout.motion";
    /// Macro steps of all arms.
    ArmsIterate = "arms.iterate";
    /// The same, taken down.
    ArmsWatch = "arms.watch";
    /// The device's arithmetic, measured.
    MultiplyAdd = "bench.multiply_add";
    /// The device's memory, measured.
    Stream = "bench.stream";
    /// Whether the device computes.
    DoctorCheck = "doctor.check";
}

impl std::fmt::Display for PassId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// One entry point. Its bindings follow from the module's text.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// What it does.
    pub id: PassId,
    /// The composed module; several kernels may share one.
    pub module: Arc<Module>,
    /// Entry point in the module.
    pub entry: &'static str,
    /// Whether out-of-bounds checks are compiled in.
    pub checked: bool,
}

impl Kernel {
    /// Makes a kernel of `module`; unchecked, as released kernels are.
    pub fn new(id: PassId, module: &Arc<Module>, entry: &'static str) -> Self {
        Self { id, module: module.clone(), entry, checked: false }
    }

    /// Makes the same kernel with out-of-bounds checks.
    pub fn checked(mut self) -> Self {
        self.checked = true;
        self
    }
}
