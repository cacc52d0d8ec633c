//! Requirements of a kernel and limits of a device, compared before compilation.

use naga::{AddressSpace, Module};
use serde::Serialize;

use super::{
    GpuError,
    reflect::{self, parse},
};
use crate::kernel::entry::Kernel;

/// Limits of a device for one kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Maximum number of storage buffers.
    pub storage_buffers: u32,
    /// Maximum workgroup memory, in bytes.
    pub workgroup_bytes: u32,
    /// Maximum number of invocations per workgroup.
    pub invocations: u32,
    /// Largest binding, in bytes.
    pub binding_bytes: u64,
    /// Largest buffer, in bytes.
    pub buffer_bytes: u64,
}

impl Limits {
    pub(super) fn of(limits: &wgpu::Limits) -> Self {
        Self {
            storage_buffers: limits.max_storage_buffers_per_shader_stage,
            workgroup_bytes: limits.max_compute_workgroup_storage_size,
            invocations: limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x),
            binding_bytes: limits.max_storage_buffer_binding_size,
            buffer_bytes: limits.max_buffer_size,
        }
    }
}

/// Requirements of a kernel, apart from buffer sizes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Requirements {
    /// Number of storage buffers.
    pub storage_buffers: u32,
    /// Workgroup memory, in bytes.
    pub workgroup_bytes: u32,
    /// Invocations per workgroup.
    pub invocations: u32,
}

/// A limit that a kernel exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Exceeded resource.
    pub what: &'static str,
    /// Amount that the kernel needs.
    pub needed: u32,
    /// Limit of the device.
    pub limit: u32,
}

impl Requirements {
    /// Returns the requirements of `kernel`.
    ///
    /// Errors: text that does not parse, or that lacks the kernel's entry point (a bug).
    pub fn of(kernel: &Kernel) -> Result<Self, GpuError> {
        Self::of_entry(&parse(&kernel.module)?, kernel.entry).ok_or_else(|| GpuError::Shader {
            place: kernel.module.label.clone(),
            message: format!("no entry point `{}`", kernel.entry),
        })
    }

    /// Returns the requirements of an entry point of a parsed module, if it exists.
    pub(super) fn of_entry(module: &Module, entry: &str) -> Option<Self> {
        let globals = reflect::globals(module, entry)?;
        let point = module.entry_points.iter().find(|point| point.name == entry)?;
        let count = |space: fn(AddressSpace) -> bool| globals.iter().filter(move |global| space(global.space));
        let shared = count(|space| space == AddressSpace::WorkGroup);
        Some(Self {
            storage_buffers: count(|space| matches!(space, AddressSpace::Storage { .. })).count() as u32,
            // Workgroup variables are aligned to at most 16 bytes.
            workgroup_bytes: shared
                .map(|global| module.types[global.ty].inner.size(module.to_ctx()).next_multiple_of(16))
                .sum(),
            invocations: point.workgroup_size.iter().product(),
        })
    }

    /// Returns the larger value of each requirement.
    pub fn and(self, other: Self) -> Self {
        Self {
            storage_buffers: self.storage_buffers.max(other.storage_buffers),
            workgroup_bytes: self.workgroup_bytes.max(other.workgroup_bytes),
            invocations: self.invocations.max(other.invocations),
        }
    }

    /// Returns the first requirement that exceeds `limits`.
    pub fn shortfall(&self, limits: &Limits) -> Option<Missing> {
        let pairs = [
            ("storage buffers", self.storage_buffers, limits.storage_buffers),
            ("bytes of workgroup memory", self.workgroup_bytes, limits.workgroup_bytes),
            ("invocations a workgroup", self.invocations, limits.invocations),
        ];
        let short = pairs.into_iter().find(|(_, needed, limit)| needed > limit);
        short.map(|(what, needed, limit)| Missing { what, needed, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        var<workgroup> sums: array<f32, 100>;
        var<workgroup> flag: u32;
        var<workgroup> unused: array<f32, 1000>;
        @group(0) @binding(0) var<storage, read_write> out: array<f32>;
        @group(0) @binding(1) var<storage, read> other: array<f32>;
        @group(0) @binding(2) var<uniform> small: vec4<f32>;
        fn inner() { flag = 1u; out[0] = small.x; }
        @compute @workgroup_size(8, 4) fn main() { sums[0] = 1.0; inner(); }
        @compute @workgroup_size(1) fn reader() { out[0] = other[0]; }
    ";

    #[test]
    fn only_what_an_entry_point_reaches_counts() {
        let module = naga::front::wgsl::parse_str(TEXT).expect("parses");
        let main = Requirements::of_entry(&module, "main").expect("an entry point");
        assert_eq!(main, Requirements { storage_buffers: 1, workgroup_bytes: 416, invocations: 32 }, "main");
        let reader = Requirements::of_entry(&module, "reader").expect("an entry point");
        assert_eq!(reader, Requirements { storage_buffers: 2, workgroup_bytes: 0, invocations: 1 }, "reader");
        assert_eq!(
            main.and(reader),
            Requirements { storage_buffers: 2, workgroup_bytes: 416, invocations: 32 },
            "both"
        );
        assert_eq!(Requirements::of_entry(&module, "nobody"), None, "no entry point");
    }

    #[test]
    fn the_first_limit_that_is_too_low_is_named() {
        let needs = Requirements { storage_buffers: 7, workgroup_bytes: 20_000, invocations: 64 };
        let limits = Limits {
            storage_buffers: 8,
            workgroup_bytes: 32_768,
            invocations: 64,
            binding_bytes: 1 << 27,
            buffer_bytes: 1 << 28,
        };
        assert_eq!(needs.shortfall(&limits), None, "enough of everything");
        let less = |limits: Limits| needs.shortfall(&limits).map(|short| (short.what, short.needed, short.limit));
        assert_eq!(less(Limits { storage_buffers: 6, ..limits }), Some(("storage buffers", 7, 6)), "buffers");
        let memory = less(Limits { workgroup_bytes: 16_384, ..limits });
        assert_eq!(memory, Some(("bytes of workgroup memory", 20_000, 16_384)), "memory");
        assert_eq!(
            less(Limits { invocations: 63, ..limits }),
            Some(("invocations a workgroup", 64, 63)),
            "invocations"
        );
    }
}
