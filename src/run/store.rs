//! What a run keeps in its directory: checkpoints, the adapters it ran on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    RunError,
    checkpoint::{Checkpoint, save, write_atomically},
    generation::TrainState,
};
use crate::{config::Config, gpu::AdapterSummary, plan::build::Plan, report::RunDir};

/// Writes the checkpoint of `state` and drops the oldest ones beyond `checkpoint.keep`.
pub fn save_checkpoint(dir: &RunDir, config: &Config, plan: &Plan, state: &TrainState) -> Result<PathBuf, RunError> {
    let path = dir.checkpoint(state.generation);
    save(&path, config, plan, state)?;
    let all = dir.generations()?;
    for old in &all[..all.len().saturating_sub(config.checkpoint.keep as usize)] {
        let path = dir.checkpoint(*old);
        fs::remove_file(&path).map_err(|error| RunError::file(&path, error))?;
    }
    Ok(path)
}

/// The state of the newest checkpoint; a new run's where there is none.
pub fn newest_state(dir: &RunDir, config: &Config, plan: &Plan) -> Result<TrainState, RunError> {
    match dir.generations()?.last() {
        Some(generation) => Checkpoint::read(&dir.checkpoint(*generation))?.state(config, plan),
        None => Ok(TrainState::new(config, plan)),
    }
}

/// Writes the resolved configuration, whole or not at all.
pub fn write_config(dir: &RunDir, config: &Config) -> Result<(), RunError> {
    write_atomically(&dir.config(), config.to_ron().as_bytes())
}

/// Records that `adapter` works on the run from `generation` on; returns the adapter before, if it was another.
pub fn record_adapter(dir: &RunDir, adapter: &AdapterSummary, generation: u32) -> Result<Option<String>, RunError> {
    let path = dir.adapters();
    let mut text = read_if_there(&path)?;
    let last: Option<serde_json::Value> = text.lines().last().and_then(|line| serde_json::from_str(line).ok());
    let fingerprint = serde_json::json!({
        "name": adapter.name, "backend": adapter.backend, "driver": adapter.driver, "pci": adapter.pci
    });
    let before = last.map(|line| line["adapter"].clone()).filter(|before| *before != fingerprint);
    let version = env!("CARGO_PKG_VERSION");
    let line = serde_json::json!({ "generation": generation, "version": version, "adapter": fingerprint });
    text += &format!("{line}\n");
    write_atomically(&path, text.as_bytes())?;
    let words = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    Ok(before.map(|before| format!("{} ({})", words(&before["name"]), words(&before["driver"]))))
}

fn read_if_there(path: &Path) -> Result<String, RunError> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        other => other.map_err(|error| RunError::file(path, error)),
    }
}
