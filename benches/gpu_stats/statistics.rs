//! Statistics of a compiler about a kernel.

use std::collections::HashMap;

/// Statistics of a compiled kernel, per subgroup of 32 lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Vector registers per lane.
    pub vgprs: u64,
    /// Scalar registers.
    pub sgprs: u64,
    /// Vector registers that did not fit.
    pub spilled_vgprs: u64,
    /// Scalar registers that did not fit.
    pub spilled_sgprs: u64,
    /// Bytes of memory for spills and private arrays.
    pub scratch: u64,
    /// Bytes of workgroup memory.
    pub lds: u64,
    /// Subgroups that fit on a SIMD at once.
    pub waves: u64,
    /// Bytes of machine code.
    pub code: u64,
    /// Cycles from start to end, with every loop run once.
    pub latency: u64,
    /// Cycles between two subgroups, with every loop run once.
    pub inverse_throughput: u64,
}

impl Statistics {
    /// Picks the statistics out of a driver's list.
    ///
    /// Errors: a statistic is missing; the message lists those that there are.
    pub fn new(list: impl Iterator<Item = (String, u64)>) -> Result<Self, String> {
        let list: HashMap<String, u64> = list.collect();
        let get = |name: &str| {
            let missing = || format!("the driver tells no `{name}`, only {:?}", list.keys().collect::<Vec<_>>());
            list.get(name).copied().ok_or_else(missing)
        };
        Ok(Self {
            vgprs: get("VGPRs")?,
            sgprs: get("SGPRs")?,
            spilled_vgprs: get("Spilled VGPRs")?,
            spilled_sgprs: get("Spilled SGPRs")?,
            scratch: get("Scratch size")?,
            lds: get("LDS size")?,
            waves: get("Subgroups per SIMD")?,
            code: get("Code size")?,
            latency: get("Latency")?,
            inverse_throughput: get("Inverse Throughput")?,
        })
    }

    /// Returns whether registers, or values that should be in registers, lie in memory.
    pub fn spills(&self) -> bool {
        self.spilled_vgprs + self.spilled_sgprs + self.scratch > 0
    }

    /// Returns a row of a Markdown table.
    pub fn cells(&self) -> String {
        let Self { vgprs, sgprs, spilled_vgprs, spilled_sgprs, scratch, lds, waves, code, latency, inverse_throughput } =
            self;
        format!(
            "{vgprs} | {sgprs} | {spilled_vgprs} | {spilled_sgprs} | {scratch} | {lds} | {waves} | {code} | {latency} | \
             {inverse_throughput}"
        )
    }

    /// Head of that table.
    pub const HEAD: &str = "VGPRs | SGPRs | spilled VGPRs | spilled SGPRs | scratch, B | LDS, B | waves a SIMD | code, B | \
                            latency | inverse throughput";
}
