//! Files of a run directory: choice of checkpoints, configuration, record of adapters.

use std::{fs, io::ErrorKind, path::Path};

use serde_json::Value;

use crate::run::RunError;
use crate::{
    config::Config,
    files::{atomic::write_atomically, input},
    gpu::AdapterSummary,
    report::{RunDir, Subject},
};

/// Maximum length of `adapters.jsonl`, bytes; a line has two hundred.
const LONGEST: usize = 1 << 20;

/// Choice of the checkpoints that stay: the newest ones that are due by number, and the very newest. One written at
/// an interruption, at the end of a process or after ten minutes is deleted once the next is written. Runs
/// interrupted anywhere thus leave the same files.
#[derive(Debug)]
pub struct Keeper {
    passing: Option<u32>,
}

impl Keeper {
    /// Returns the choice for a run that continues from the checkpoint `resumed`. `due` returns true if the
    /// configuration so far wanted a checkpoint there.
    pub fn new(resumed: Option<u32>, due: impl Fn(u32) -> bool) -> Self {
        Self { passing: resumed.filter(|generation| !due(*generation)) }
    }

    /// Marks the directory as one with checkpoints, now that of `generation` is written, and deletes those that
    /// need not stay.
    pub fn written(&mut self, dir: &RunDir, config: &Config, generation: u32) -> Result<(), RunError> {
        dir.mark_kept()?;
        let passed = self.passing.take().filter(|passed| *passed != generation && !is_due(config, *passed));
        passed.map_or(Ok(()), |passed| remove(&dir.checkpoint(passed)))?;
        self.passing = Some(generation).filter(|generation| !is_due(config, *generation));
        let all = dir.generations()?;
        let old = &all[..all.len().saturating_sub(config.checkpoint.keep as usize)];
        old.iter().try_for_each(|old| remove(&dir.checkpoint(*old)))
    }
}

/// Returns true if the configuration wants a checkpoint after `generation` generations.
pub fn is_due(config: &Config, generation: u32) -> bool {
    generation > 0 && generation.is_multiple_of(config.checkpoint.every)
}

fn remove(path: &Path) -> Result<(), RunError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(RunError::file(path, error)),
        _ => Ok(()),
    }
}

/// Writes the resolved configuration atomically.
pub fn write_config(dir: &RunDir, config: &Config) -> Result<(), RunError> {
    Ok(write_atomically(&dir.config(), config.to_ron().as_bytes())?)
}

/// Records that `adapter` and this program work on the run from `generation` on. Returns warnings if it was another
/// adapter or program before.
pub fn record_session(
    dir: &RunDir,
    adapter: &AdapterSummary,
    generation: u32,
) -> Result<Vec<(Subject, String)>, RunError> {
    let path = dir.adapters();
    let mut text = read_if_there(&path)?;
    let last: Value = text.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let fingerprint = serde_json::json!({
        "name": adapter.name, "backend": adapter.backend, "driver": adapter.driver, "pci": adapter.pci
    });
    let version = env!("CARGO_PKG_VERSION");
    let line = serde_json::json!({ "generation": generation, "version": version, "adapter": fingerprint });
    text += &format!("{line}\n");
    write_atomically(&path, text.as_bytes())?;
    let words = |value: &Value| value.as_str().unwrap_or("another").to_string();
    let other_adapter = last.get("adapter").filter(|before| **before != fingerprint).map(|before| {
        let text = format!(
            "this run was computed on {} ({}) so far, now it is {} ({}): results agree in statistics, not in every bit",
            words(&before["name"]),
            words(&before["driver"]),
            adapter.name,
            adapter.driver
        );
        (Subject::AnotherAdapter, text)
    });
    let other_version = last.get("version").filter(|before| **before != version).map(|before| {
        let text = format!(
            "this run was computed by gpu-ec {} so far, now it is {version}: results need not agree in every bit",
            words(before)
        );
        (Subject::AnotherVersion, text)
    });
    Ok(other_version.into_iter().chain(other_adapter).collect())
}

/// Returns true if a session has continued from a checkpoint.
pub fn went_on_before(dir: &RunDir) -> Result<bool, RunError> {
    let generation = |line: &str| serde_json::from_str::<Value>(line).ok()?.get("generation")?.as_u64();
    Ok(read_if_there(&dir.adapters())?.lines().filter_map(generation).any(|generation| generation > 0))
}

fn read_if_there(path: &Path) -> Result<String, RunError> {
    let unfit = |why: &dyn std::fmt::Display| RunError::Refused(format!("{}: {why}; move it away", path.display()));
    match input::text(path, LONGEST) {
        Ok(text) => text.ok_or_else(|| unfit(&format!("it has more than {LONGEST} bytes"))),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => Ok(String::new()),
            ErrorKind::InvalidData | ErrorKind::InvalidInput => Err(unfit(&error)),
            _ => Err(RunError::file(path, error)),
        },
    }
}
