//! A run's directory: `config.ron`, `metrics.jsonl`, `adapters.jsonl`, `checkpoints/gen-NNNNNN.safetensors`, `best.safetensors`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    RunError,
    checkpoint::{Checkpoint, save, write_atomically},
    generation::TrainState,
};
use crate::{
    config::{Config, Source, load},
    gpu::AdapterSummary,
    plan::build::Plan,
};

/// A run's directory.
#[derive(Debug, Clone)]
pub struct RunDirectory {
    /// Where it is.
    pub root: PathBuf,
}

impl RunDirectory {
    /// Makes a new directory with the resolved configuration in it.
    ///
    /// Errors: it exists already, or cannot be written.
    pub fn create(root: &Path, config: &Config) -> Result<Self, RunError> {
        if root.exists() {
            let hint = format!(
                "exists already; `gpu-ec run --resume {}` goes on with it, `--out DIR` names another",
                root.display()
            );
            return Err(RunError::Usage(format!("{}: {hint}", root.display())));
        }
        let directory = Self { root: root.into() };
        let checkpoints = directory.checkpoints();
        fs::create_dir_all(&checkpoints).map_err(|error| RunError::file(&checkpoints, error))?;
        directory.write_config(config)?;
        Ok(directory)
    }

    /// Opens the directory of an earlier run.
    pub fn open(root: &Path) -> Result<Self, RunError> {
        let directory = Self { root: root.into() };
        if !directory.config_path().is_file() {
            return Err(RunError::Usage(format!("{}: not a run directory (it has no config.ron)", root.display())));
        }
        Ok(directory)
    }

    /// Writes the resolved configuration.
    pub fn write_config(&self, config: &Config) -> Result<(), RunError> {
        write_atomically(&self.config_path(), config.to_ron().as_bytes())
    }

    /// The configuration the run was started with.
    pub fn config(&self) -> Result<Config, RunError> {
        let path = self.config_path();
        let text = fs::read_to_string(&path).map_err(|error| RunError::file(&path, error))?;
        Ok(load(Source { name: path.display().to_string(), text }, &[])?)
    }

    /// `metrics.jsonl`.
    pub fn metrics_path(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }

    /// `best.safetensors`.
    pub fn best_path(&self) -> PathBuf {
        self.root.join("best.safetensors")
    }

    /// Writes the checkpoint of `state` and drops the oldest ones beyond `keep`.
    pub fn save(&self, config: &Config, plan: &Plan, state: &TrainState) -> Result<PathBuf, RunError> {
        let path = self.checkpoints().join(format!("gen-{:06}.safetensors", state.generation));
        save(&path, config, plan, state)?;
        let all = self.list()?;
        for old in &all[..all.len().saturating_sub(config.checkpoint.keep as usize)] {
            fs::remove_file(old).map_err(|error| RunError::file(old, error))?;
        }
        Ok(path)
    }

    /// The newest checkpoint, if there is one.
    pub fn newest(&self) -> Result<Option<PathBuf>, RunError> {
        Ok(self.list()?.pop())
    }

    /// Reads the newest checkpoint into a state; a new run's state where there is none.
    pub fn state(&self, config: &Config, plan: &Plan) -> Result<TrainState, RunError> {
        match self.newest()? {
            Some(path) => Checkpoint::read(&path)?.state(config, plan),
            None => Ok(TrainState::new(config, plan)),
        }
    }

    /// Records the adapter and the version that work on this run from `generation` on; returns the adapter before, if another.
    pub fn record_adapter(&self, adapter: &AdapterSummary, generation: u32) -> Result<Option<String>, RunError> {
        let path = self.root.join("adapters.jsonl");
        let mut text = fs::read_to_string(&path).unwrap_or_default();
        let fingerprint = serde_json::json!({ "name": adapter.name, "backend": adapter.backend, "driver": adapter.driver, "pci": adapter.pci });
        let last: Option<serde_json::Value> = text.lines().last().and_then(|line| serde_json::from_str(line).ok());
        let before = last.map(|line| line["adapter"].clone()).filter(|before| *before != fingerprint);
        let line = serde_json::json!({ "generation": generation, "version": env!("CARGO_PKG_VERSION"), "adapter": fingerprint });
        text += &format!("{line}\n");
        write_atomically(&path, text.as_bytes())?;
        Ok(before.map(|before| format!("{} ({})", before["name"], before["driver"])))
    }

    fn config_path(&self) -> PathBuf {
        self.root.join("config.ron")
    }

    fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// All checkpoints, the newest last.
    fn list(&self) -> Result<Vec<PathBuf>, RunError> {
        let folder = self.checkpoints();
        let entries = fs::read_dir(&folder).map_err(|error| RunError::file(&folder, error))?;
        let is_checkpoint = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.strip_prefix("gen-")
                .and_then(|name| name.strip_suffix(".safetensors"))
                .is_some_and(|n| n.parse::<u32>().is_ok())
        };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_checkpoint).collect();
        paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        Ok(paths)
    }
}
