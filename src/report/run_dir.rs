//! The folder of a run: where it is, what is in it.

use std::path::{Path, PathBuf};

use super::{
    Error, Lock,
    file::{folder_of, sweep, sync_folder, unfinished_folder, write_atomically},
};
use crate::config::{Config, Robot};

/// Name of the user's robot in a run directory.
const ROBOT: &str = "robot.xml";

/// A run directory and the names of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
}

impl RunDir {
    /// Checks the folder for a new run without creating it: `out`, or the first free `runs/<task>-<seed>-<n>`.
    ///
    /// Errors: [`Error::Exists`] if `out` is there already.
    pub fn choose(out: Option<&Path>, config: &Config) -> Result<Self, Error> {
        let path = match out {
            Some(path) if path.exists() => return Err(Error::Exists(path.display().to_string())),
            Some(path) => path.to_path_buf(),
            None => first_free(Path::new("runs"), &config.task.run_name(), config.seed),
        };
        Ok(Self { path })
    }

    /// Creates the folder with `checkpoints`, `config.ron`, the user's robot that it names, and `version`, all at once, and locks it.
    ///
    /// Errors: [`Error::Exists`] or [`Error::Locked`] if another process was faster; [`Error::Io`].
    pub fn create(&self, config: &Config) -> Result<Lock, Error> {
        let parent = folder_of(&self.path);
        std::fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        let unfinished = unfinished_folder(&self.path).map_err(Error::io("create a folder in", parent))?;
        let new = Self { path: unfinished.path().into() };
        let checkpoints = new.checkpoints();
        std::fs::create_dir(&checkpoints).map_err(Error::io("create", &checkpoints))?;
        write_atomically(&new.version(), format!("gpu-ec {}\n", env!("CARGO_PKG_VERSION")).as_bytes())?;
        write_atomically(&new.config(), config.to_ron().as_bytes())?;
        if let Some(text) = config.task.robot().and_then(Robot::text) {
            write_atomically(&new.path.join(ROBOT), text.as_bytes())?;
        }
        if self.path.exists() {
            return Err(Error::Exists(self.path.display().to_string()));
        }
        std::fs::rename(&new.path, &self.path).map_err(|error| match self.path.exists() {
            true => Error::Exists(self.path.display().to_string()),
            false => Error::io("create", &self.path)(error),
        })?;
        let _ = unfinished.keep(); // it has another name now
        sync_folder(parent).map_err(Error::io("write", parent))?;
        Lock::take(&self.lock_file())
    }

    /// Locks the folder of a run that was begun before, and removes what a killed process left unfinished.
    ///
    /// Errors: [`Error::Locked`] if another process writes to it; [`Error::Io`].
    pub fn lock(&self) -> Result<Lock, Error> {
        let lock = Lock::take(&self.lock_file())?;
        sweep(&self.path)?;
        if self.checkpoints().is_dir() {
            sweep(&self.checkpoints())?;
        }
        Ok(lock)
    }

    /// The folder of a run that was begun before.
    ///
    /// Errors: [`Error::NotARun`] if it or its `config.ron` is missing.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let dir = Self { path: path.to_path_buf() };
        let missing = |reason| Err(Error::NotARun { path: path.to_path_buf(), reason });
        match () {
            () if !path.is_dir() => missing("there is no such folder"),
            () if !dir.config().is_file() => missing("it has no config.ron"),
            () => Ok(dir),
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The fully resolved configuration.
    pub fn config(&self) -> PathBuf {
        self.path.join("config.ron")
    }

    /// The configuration of a run in this folder: the same, with its robot beside it.
    pub fn owns(config: Config) -> Config {
        Config { task: config.task.with_robot_at(ROBOT), ..config }
    }

    /// One JSON object a generation.
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// The metrics as TensorBoard reads them; it looks for `tfevents` in names.
    pub fn events(&self) -> PathBuf {
        self.path.join("events.out.tfevents.0.gpu-ec")
    }

    /// Folder of the checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// The checkpoint after `generation` generations.
    pub fn checkpoint(&self, generation: u32) -> PathBuf {
        self.checkpoints().join(format!("gen-{generation:06}.safetensors"))
    }

    /// The checkpoint with the best evaluation.
    pub fn best(&self) -> PathBuf {
        self.checkpoints().join("best.safetensors")
    }

    /// The first member whose state ceased to be a number.
    pub fn nonfinite(&self) -> PathBuf {
        self.path.join("nonfinite.json")
    }

    /// The state from which that member was sampled.
    pub fn nonfinite_checkpoint(&self) -> PathBuf {
        self.path.join("nonfinite.safetensors")
    }

    /// What the run was computed on, a line an adapter.
    pub fn adapters(&self) -> PathBuf {
        self.path.join("adapters.jsonl")
    }

    /// Held by the process that writes to the folder, and names it.
    pub fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// Version of the program that began the run.
    pub fn version(&self) -> PathBuf {
        self.path.join("version")
    }

    /// The generations of which there are checkpoints, rising.
    ///
    /// Errors: [`Error::Io`] if the folder cannot be listed; a folder that is not there is empty.
    pub fn generations(&self) -> Result<Vec<u32>, Error> {
        let folder = self.checkpoints();
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut generations = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(Error::io("list", &folder))? {
            let name = entry.map_err(Error::io("list", &folder))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("gen-")?.strip_suffix(".safetensors"));
            generations.extend(number.and_then(|number| number.parse::<u32>().ok()));
        }
        generations.sort_unstable();
        Ok(generations)
    }
}

/// `<runs>/<task>-<seed>-<n>` with the smallest `n` that is not taken.
fn first_free(runs: &Path, task: &str, seed: u64) -> PathBuf {
    let name = |n: u64| runs.join(format!("{task}-{seed}-{n}"));
    let mut n = 0;
    while name(n).exists() {
        n += 1;
    }
    name(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_names_are_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(first_free(folder.path(), "hopper", 3), folder.path().join("hopper-3-0"), "first");
        std::fs::create_dir(folder.path().join("hopper-3-0")).expect("a folder");
        assert_eq!(first_free(folder.path(), "hopper", 3), folder.path().join("hopper-3-1"), "second");
    }

    #[test]
    fn a_run_is_created_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("a/b");
        let config = Config::default();
        let dir = RunDir::choose(Some(&out), &config).expect("free");
        let lock = dir.create(&config).expect("created");
        assert_eq!(RunDir::open(&out).expect("a run"), dir, "it is found again");
        assert_eq!(std::fs::read_to_string(dir.config()).expect("written"), config.to_ron(), "resolved file");
        let message = RunDir::choose(Some(&out), &config).expect_err("taken").to_string();
        assert!(message.contains("--resume"), "{message}");
        assert!(matches!(dir.create(&config), Err(Error::Exists(_))), "a race is seen");
        assert!(matches!(dir.lock(), Err(Error::Locked { .. })), "one writer");
        drop(lock);
        dir.lock().expect("free again");
        assert_eq!(
            std::fs::read_dir(folder.path().join("a")).expect("listed").count(),
            1,
            "nothing unfinished is left"
        );
        assert!(RunDir::open(folder.path()).is_err(), "not a run");
        for generation in [100, 50] {
            std::fs::write(dir.checkpoint(generation), "").expect("writable");
        }
        std::fs::write(dir.best(), "").expect("writable");
        assert_eq!(dir.generations().expect("listed"), [50, 100], "checkpoints");
    }
}
