//! Disk and memory.

use std::path::Path;

use super::{Check, Host};
use crate::report::bytes;

/// Free disk space without which nothing is safe, bytes: the checkpoints of one large run.
const LEAST_DISK: u64 = 64 << 20;
/// Free disk space below which a long run may fill the disk, bytes.
const LITTLE_DISK: u64 = 1 << 30;
/// Free memory below which a warning is due, bytes. A large robot on a software driver takes about this much.
const LITTLE_MEMORY: u64 = 1 << 30;

/// Checks the folder for runs, and the folder for compiled kernels.
pub fn disk(host: &dyn Host) -> Vec<Check> {
    let working = host.working_folder();
    let mut checks = vec![folder(host, &working)];
    checks.push(match host.cache_folder() {
        None => Check::warn("cache", "the system names no cache folder", "set XDG_CACHE_HOME: starts are faster then"),
        Some(cache) => kept(host, &cache),
    });
    checks
}

fn folder(host: &dyn Host, working: &Path) -> Check {
    let (name, shown) = ("working folder", working.display());
    if let Err(error) = host.write_to(working) {
        let found = format!("{shown} cannot be written: {error}");
        return Check::fail(name, found, "free some space, change to another folder, or give runs one with --out");
    }
    match host.free_bytes(working) {
        Err(error) => {
            Check::warn(name, format!("{shown} is writable; its free space is unknown: {error}"), "look at `df`")
        }
        Ok(free) if free < LEAST_DISK => {
            let found = format!("{shown}: {} are free", bytes(free));
            Check::fail(
                name,
                found,
                format!("a run needs {}: free some space, or give runs another folder with --out", bytes(LEAST_DISK)),
            )
        }
        Ok(free) if free < LITTLE_DISK => {
            let found = format!("{shown}: {} are free", bytes(free));
            Check::warn(name, found, "a long run, or a rollout's file, may fill that")
        }
        Ok(free) => Check::ok(name, format!("{shown} is writable, {} are free", bytes(free))),
    }
}

/// Checks the cache folder, or the nearest existing folder above it.
fn kept(host: &dyn Host, cache: &Path) -> Check {
    let there = cache.ancestors().find(|folder| host.exists(folder)).unwrap_or(cache);
    match host.write_to(there) {
        Ok(()) => Check::ok("cache", format!("{} is writable", cache.display())),
        Err(error) => {
            let found = format!("{} cannot be written: {error}", cache.display());
            Check::warn(
                "cache",
                found,
                "compiled kernels are not kept, and every start compiles anew: mend it, or set XDG_CACHE_HOME",
            )
        }
    }
}

/// Checks the free memory (Linux; elsewhere it is unknown).
pub fn memory(host: &dyn Host) -> Check {
    let text = host.read(Path::new("/proc/meminfo")).unwrap_or_default();
    let kib = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()
    };
    match (kib("MemAvailable:"), kib("MemTotal:")) {
        (Some(free), total) => {
            let (free, total) = (free << 10, total.unwrap_or(free) << 10);
            let found = format!("{} of {} are free", bytes(free), bytes(total));
            if free < LITTLE_MEMORY {
                return Check::warn("memory", found, "close other programs, or use smaller populations and networks");
            }
            Check::ok("memory", found)
        }
        _ => Check::ok("memory", "this system does not tell"),
    }
}
