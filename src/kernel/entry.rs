//! A kernel: one entry point of a composed module.

use std::sync::Arc;

use crate::kernel::wgsl::Module;

/// One entry point. Its bindings follow from the module's text.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// Name in plans, timings and reports: `rsnn.step`.
    pub name: String,
    /// The composed module; several kernels may share one.
    pub module: Arc<Module>,
    /// Entry point in the module.
    pub entry: String,
    /// Whether out-of-bounds checks are compiled in.
    pub checked: bool,
}

impl Kernel {
    /// A kernel of `module`; unchecked, as released kernels are.
    pub fn new(name: &str, module: &Arc<Module>, entry: &str) -> Self {
        Self { name: name.into(), module: module.clone(), entry: entry.into(), checked: false }
    }

    /// The same kernel with out-of-bounds checks.
    pub fn checked(mut self) -> Self {
        self.checked = true;
        self
    }
}
