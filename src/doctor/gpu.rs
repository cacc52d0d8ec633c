//! Adapters: their list, their limits against our kernels, a test of their results, and the time they may be busy.

use std::path::Path;

use super::{Check, Host, kernel};
use crate::{
    config,
    gpu::{AdapterSummary, Gpu, Missing, Requirements, Selector},
    plan::Plan,
    report::bytes,
};

/// Smallest and largest of the presets. A run is possible if the first one fits.
const PRESETS: [&str; 2] = ["hopper", "humanoid"];

/// Lists the adapters; fails if there is none, or none that `selector` accepts.
pub fn adapters(adapters: &[AdapterSummary], selector: &Selector) -> Vec<Check> {
    let name = "adapter";
    let chosen = match selector.choose(adapters) {
        Ok(chosen) => chosen.index,
        Err(error) => {
            let advice = "see the checks of drivers and device nodes below; `gpu-ec devices` lists what there is";
            return vec![Check::fail(name, error.to_string(), advice)];
        }
    };
    let line = |adapter: &AdapterSummary| {
        let mark = if adapter.index == chosen { ", taken for runs" } else { "" };
        let AdapterSummary { index, name, kind, backend, driver, .. } = adapter;
        format!("{index}: {name} ({kind}, {backend}, {driver}){mark}")
    };
    let check = |adapter: &AdapterSummary| match (adapter.index == chosen, adapter.distrust()) {
        (true, Some(distrust)) => Check::fail(name, line(adapter), distrust),
        (true, None) if adapter.is_software() => {
            let advice = "it computes on the CPU, correct but slower than a GPU; if there is one, see drivers and device nodes below";
            Check::warn(name, line(adapter), advice)
        }
        _ => Check::ok(name, line(adapter)),
    };
    adapters.iter().map(check).collect()
}

/// Compares the needs of presets' kernels with the limits of `adapter`.
pub fn limits(adapter: &AdapterSummary) -> Vec<Check> {
    PRESETS.iter().enumerate().map(|(rank, preset)| limits_of(adapter, preset, rank == 0)).collect()
}

fn limits_of(adapter: &AdapterSummary, preset: &str, decides: bool) -> Check {
    let name = "limits";
    let refuse = |found: String| {
        let advice = "take another adapter with --gpu, or a smaller network or robot";
        if decides { Check::fail(name, found, advice) } else { Check::warn(name, found, advice) }
    };
    let needs = || -> Result<(Requirements, u64), String> {
        let config =
            config::find(preset).and_then(|source| config::load(source, &[])).map_err(|error| error.to_string())?;
        let plan = Plan::new(&config, adapter.traits()).map_err(|error| error.to_string())?;
        let all = plan
            .kernels()
            .iter()
            .map(Requirements::of)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| error.to_string())?;
        let largest = plan.buffers.iter().map(|buffer| buffer.bytes).max().unwrap_or(0);
        Ok((all.into_iter().fold(Requirements::default(), Requirements::and), largest))
    };
    match needs() {
        Err(error) => refuse(format!("{preset}: {error}")),
        Ok((needs, binding)) => match needs.shortfall(&adapter.limits) {
            Some(Missing { what, needed, limit }) => {
                refuse(format!("{preset} needs {needed} {what}; the adapter has {limit}"))
            }
            None => Check::ok(name, fits(adapter, preset, &needs, binding)),
        },
    }
}

fn fits(adapter: &AdapterSummary, preset: &str, needs: &Requirements, binding: u64) -> String {
    let limits = &adapter.limits;
    format!(
        "{preset}: {} of {} storage buffers, {} of {} workgroup memory, {} of {} invocations, bindings of {} of {}",
        needs.storage_buffers,
        limits.storage_buffers,
        bytes(needs.workgroup_bytes.into()),
        bytes(limits.workgroup_bytes.into()),
        needs.invocations,
        limits.invocations,
        bytes(binding),
        bytes(limits.binding_bytes),
    )
}

/// Runs the test kernel on an open device and compares its words with the host's own.
pub fn test_kernel(gpu: &Gpu) -> Check {
    let advice = "the driver computes wrongly or fails: update it, or take another adapter with --gpu";
    match kernel::run(gpu) {
        Err(error) => Check::fail("test kernel", error.to_string(), advice),
        Ok(words) => match kernel::difference(&words) {
            Some(difference) => Check::fail("test kernel", difference, advice),
            None => {
                let found =
                    format!("{} words as computed by the host, checksum {:08x}", words.len(), kernel::checksum(&words));
                Check::ok("test kernel", found)
            }
        },
    }
}

/// Reports how long the adapter may be busy before the system resets it; submissions aim at `device.submission_ms`.
pub fn watchdog(host: &dyn Host, adapter: &AdapterSummary) -> Check {
    let aim = config::Config::default().device.submission_ms;
    let found = match host.system() {
        _ if adapter.is_software() => "none: the adapter is a software driver".into(),
        "windows" => "Windows resets a GPU that is busy for 2 s (TDR)".into(),
        "macos" => "macOS ends work that keeps a GPU busy for some seconds".into(),
        _ => match host.read(Path::new("/sys/module/amdgpu/parameters/lockup_timeout")) {
            Ok(text) if !text.trim().is_empty() => format!("amdgpu.lockup_timeout = {} ms", text.trim()),
            Ok(_) => "amdgpu resets a GPU that is busy for 10 s (60 s for computing, by version)".into(),
            Err(_) => "the kernel driver's own, usually 10 s or more".into(),
        },
    };
    let short = |text: &str| {
        text.trim().split(',').filter_map(|ms| ms.trim().parse::<u64>().ok()).any(|ms| ms > 0 && ms < 2000)
    };
    let name = "watchdog";
    if !adapter.is_software()
        && found.strip_prefix("amdgpu.lockup_timeout = ").is_some_and(|text| short(text.trim_end_matches(" ms")))
    {
        let advice = format!(
            "raise the module parameter amdgpu.lockup_timeout to 10000, or set device.submission_ms below {aim}"
        );
        return Check::warn(name, found, advice);
    }
    Check::ok(name, format!("{found}; submissions aim at {aim} ms (device.submission_ms)"))
}
