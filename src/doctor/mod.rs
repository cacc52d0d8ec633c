//! Checks of this machine: adapters, drivers, device nodes, limits, a test kernel, disk and memory, with remedies.
//! Files and environment are read through [`Host`], so that tests can show another machine.

mod files;
mod gpu;
mod host;
pub mod kernel;
mod nodes;
pub mod report;
mod vulkan;

use serde::Serialize;

pub use files::{disk, memory};
pub use gpu::{adapters, limits, test_kernel, watchdog};
pub use host::{Host, ThisHost};
pub use nodes::nodes;
pub use vulkan::{Icd, drivers, icds};

use crate::gpu::{AdapterSummary, Gpu, Selector};

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// A run is possible, but something is worth knowing or mending.
    Warn,
    /// No run is possible before this is mended.
    Fail,
}

/// Check of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Subject: `adapter`, `icd file` and so on.
    pub name: &'static str,
    /// Result.
    pub verdict: Verdict,
    /// Finding.
    pub found: String,
    /// Remedy; null if nothing needs to be done.
    pub advice: Option<String>,
}

impl Check {
    /// Returns a check that found nothing wrong.
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, found: found.into(), advice: None }
    }

    /// Returns a check that found something worth knowing or mending.
    pub fn warn(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    /// Returns a check that found an obstacle to every run.
    pub fn fail(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, ..Self::warn(name, found, advice) }
    }
}

/// Report of all checks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// True if a run is possible.
    pub possible: bool,
    /// All checks.
    pub checks: Vec<Check>,
    /// Adapters, with their limits.
    pub adapters: Vec<AdapterSummary>,
}

/// Examines `host` and the adapters of this process; `selector` is the one that a run would use.
pub fn examine(host: &dyn Host, selector: &Selector) -> Diagnosis {
    let (found, mut checks) = match crate::gpu::list() {
        Ok(found) => {
            let checks = adapters(&found, selector);
            (found, checks)
        }
        Err(error) => (vec![], vec![Check::fail("adapters", error.to_string(), "unset WGPU_BACKEND")]),
    };
    checks.extend(drivers(host, &found));
    checks.extend(nodes(host, &found));
    if let Ok(chosen) = selector.choose(&found) {
        checks.extend(limits(chosen));
        checks.push(match Gpu::open(selector) {
            Ok(gpu) => test_kernel(&gpu),
            Err(error) => Check::fail("test kernel", error.to_string(), "update or reinstall the driver"),
        });
        checks.push(watchdog(host, chosen));
    }
    checks.extend(disk(host));
    checks.push(memory(host));
    Diagnosis { possible: checks.iter().all(|check| check.verdict != Verdict::Fail), checks, adapters: found }
}
