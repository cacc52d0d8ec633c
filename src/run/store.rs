//! What a run keeps in its directory: checkpoints, the adapters it ran on.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    RunError,
    checkpoint::{Checkpoint, save},
    generation::TrainState,
    open::OpenGeneration,
    train::training_job,
};
use crate::{
    config::Config,
    gpu::AdapterSummary,
    input,
    plan::build::Plan,
    report::{RunDir, file::write_atomically},
};

/// Longest `adapters.jsonl` that is read, bytes; a line has two hundred.
const LONGEST: usize = 1 << 20;

/// Writes the checkpoint of `state`, with the members of `open` that have lived if it is `state`'s generation, and drops the
/// oldest ones beyond `checkpoint.keep`.
pub fn save_checkpoint(
    dir: &RunDir,
    config: &Config,
    plan: &Plan,
    state: &TrainState,
    open: &OpenGeneration,
) -> Result<PathBuf, RunError> {
    let path = dir.checkpoint(state.generation);
    save(&path, config, plan, state, Some(open))?;
    drop_old(dir, config)?;
    Ok(path)
}

/// Drops the oldest checkpoints beyond `checkpoint.keep`.
pub fn drop_old(dir: &RunDir, config: &Config) -> Result<(), RunError> {
    let all = dir.generations()?;
    for old in &all[..all.len().saturating_sub(config.checkpoint.keep as usize)] {
        let path = dir.checkpoint(*old);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(RunError::file(&path, error)),
            _ => {}
        }
    }
    Ok(())
}

/// What the newest checkpoint holds; a new run's state where there is none.
///
/// Errors: a checkpoint that cannot be taken is never passed over for an older one; the message says how to do that.
pub fn newest_state(dir: &RunDir, config: &Config, plan: &Plan) -> Result<(TrainState, OpenGeneration), RunError> {
    let generations = dir.generations()?;
    let Some((newest, older)) = generations.split_last() else {
        return Ok((TrainState::new(config, plan), OpenGeneration::default()));
    };
    let path = dir.checkpoint(*newest);
    let read = || -> Result<_, RunError> {
        let checkpoint = Checkpoint::read(&path)?;
        let generation = checkpoint.generation();
        if generation != *newest {
            let reason = format!("its header says generation {generation}, its name {newest}");
            return Err(RunError::checkpoint(&path, reason));
        }
        checkpoint.refuse_others(config, plan)?;
        let state = checkpoint.state(config, plan)?;
        let open = checkpoint.open(plan, &state, training_job(config, plan, &state).episode_cap)?;
        Ok((state, open))
    };
    read().map_err(|error| match error {
        RunError::Checkpoint { path, reason } => {
            let way_out = way_out(dir, older.last().copied());
            RunError::Checkpoint { path, reason: format!("{reason}; {way_out}") }
        }
        error => error,
    })
}

/// How to go on without the newest checkpoint.
fn way_out(dir: &RunDir, older: Option<u32>) -> String {
    let name = |path: PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match older {
        Some(generation) => {
            let older = name(dir.checkpoint(generation));
            format!("to go on from {older} instead, which repeats to the same bits, delete it and resume again")
        }
        None if dir.best().is_file() => {
            format!(
                "there is no older one; a new run can start from what was learnt with --from {}",
                dir.best().display()
            )
        }
        None => "there is no older one; to begin anew, delete it and resume again".into(),
    }
}

/// Writes the resolved configuration, whole or not at all.
pub fn write_config(dir: &RunDir, config: &Config) -> Result<(), RunError> {
    Ok(write_atomically(&dir.config(), config.to_ron().as_bytes())?)
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
