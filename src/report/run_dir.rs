//! Folder of a run, and the files in it.

use std::path::{Path, PathBuf};

use crate::{
    config::{Config, Robot},
    files::{
        Lock,
        atomic::{folder_of, sweep, sync_folder, unfinished_folder, write_atomically},
    },
    report::{Error, stale},
};

/// Name of the user-supplied robot in a run directory.
const ROBOT: &str = "robot.xml";

/// Text of the file [`RunDir::kept`] for readers.
const KEPT: &str =
    "Checkpoints of this run have been written. Where none is left, `gpu-ec run --resume` does not begin anew.\n";

/// Run directory, with the names of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
    /// True if the user named no folder. The next number is then taken if another process is faster.
    counted: bool,
}

impl RunDir {
    /// Returns the folder for a new run without creating it: `out`, or the first free `runs/<task>-<seed>-<n>`.
    ///
    /// Errors: [`Error::Exists`] or [`Error::Taken`] if `out` already exists.
    pub fn choose(out: Option<&Path>, config: &Config) -> Result<Self, Error> {
        match out {
            Some(path) if path.exists() => Err(Self::at(path).taken()),
            Some(path) => Ok(Self::at(path)),
            None => {
                let path = first_free(Path::new("runs"), &config.task.run_name(), config.seed);
                Ok(Self { path, counted: true })
            }
        }
    }

    fn at(path: &Path) -> Self {
        Self { path: path.into(), counted: false }
    }

    fn taken(&self) -> Error {
        let path = self.path.clone();
        if self.config().is_file() { Error::Exists(path) } else { Error::Taken(path) }
    }

    /// Creates the folder with `checkpoints`, `config.ron`, the user-supplied robot that it names, and `version`,
    /// all at once, and locks it. If its name was not chosen by the user and is taken meanwhile, it gets the next
    /// one. Returns the folder under its final name.
    ///
    /// Errors: [`Error::Exists`] or [`Error::Taken`] if another process was faster with a name chosen by the user;
    /// [`Error::File`].
    pub fn create(&self, config: &Config) -> Result<(Self, Lock), Error> {
        let parent = folder_of(&self.path);
        std::fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        stale::sweep(parent, &Self::at(Path::new("")).first_files());
        let unfinished = unfinished_folder(&self.path).map_err(Error::io("create a folder in", parent))?;
        let new = Self::at(unfinished.path());
        let lock = Lock::take(&new.lock_file())?;
        let checkpoints = new.checkpoints();
        std::fs::create_dir(&checkpoints).map_err(Error::io("create", &checkpoints))?;
        write_atomically(&new.version(), format!("gpu-ec {}\n", env!("CARGO_PKG_VERSION")).as_bytes())?;
        write_atomically(&new.config(), config.to_ron().as_bytes())?;
        if let Some(text) = config.task.robot().and_then(Robot::text) {
            write_atomically(&new.path.join(ROBOT), text.as_bytes())?;
        }
        // some systems do not rename a folder with open files: there it is locked again under its new name
        let lock = Some(lock).filter(|_| cfg!(unix));
        let dir = self.claim(&new.path, config)?;
        let _ = unfinished.keep(); // it has another name now
        sync_folder(parent).map_err(Error::io("write", parent))?;
        let lock = lock.map_or_else(|| Lock::take(&dir.lock_file()), Ok)?;
        Ok((dir, lock))
    }

    /// Renames the folder `unfinished` to this name, or to the next free one. Only renaming reserves a name for
    /// this run.
    fn claim(&self, unfinished: &Path, config: &Config) -> Result<Self, Error> {
        let mut dir = self.clone();
        loop {
            if !dir.path.exists() {
                match std::fs::rename(unfinished, &dir.path) {
                    Ok(()) => return Ok(Self::at(&dir.path)),
                    Err(error) if !dir.path.exists() => return Err(Error::io("create", &dir.path)(error)),
                    Err(_) => {}
                }
            }
            match self.counted {
                true => dir.path = first_free(folder_of(&self.path), &config.task.run_name(), config.seed),
                false => return Err(dir.taken()),
            }
        }
    }

    /// Returns the paths that [`Self::create`] writes.
    fn first_files(&self) -> [PathBuf; 5] {
        [self.lock_file(), self.checkpoints(), self.version(), self.config(), self.path.join(ROBOT)]
    }

    /// Marks that checkpoints of the run have been written, so that their loss differs from a run that had none
    /// yet.
    ///
    /// Errors: [`Error::File`].
    pub fn mark_kept(&self) -> Result<(), Error> {
        let path = self.kept();
        if !path.exists() {
            write_atomically(&path, KEPT.as_bytes())?;
        }
        Ok(())
    }

    /// Locks the folder of an existing run, and removes what a killed process left unfinished.
    ///
    /// Errors: [`Error::File`], also if another process writes to the folder.
    pub fn lock(&self) -> Result<Lock, Error> {
        let lock = Lock::take(&self.lock_file())?;
        sweep(&self.path)?;
        if self.checkpoints().is_dir() {
            sweep(&self.checkpoints())?;
        }
        Ok(lock)
    }

    /// Returns the folder of an existing run.
    ///
    /// Errors: [`Error::NotARun`] if it or its `config.ron` is missing.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let dir = Self::at(path);
        let missing = |reason| Err(Error::NotARun { path: path.to_path_buf(), reason });
        match () {
            () if !path.is_dir() => missing("there is no such folder"),
            () if !dir.config().is_file() => missing("it has no config.ron"),
            () => Ok(dir),
        }
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of the fully resolved configuration.
    pub fn config(&self) -> PathBuf {
        self.path.join("config.ron")
    }

    /// Returns `config` as it is in this folder, with its robot beside it.
    pub fn owns(config: Config) -> Config {
        Config { task: config.task.with_robot_at(ROBOT), ..config }
    }

    /// Returns the path of the metrics, one JSON object per generation.
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// Returns the path of the metrics for TensorBoard, which looks for `tfevents` in names.
    pub fn events(&self) -> PathBuf {
        self.path.join("events.out.tfevents.0.gpu-ec")
    }

    /// Returns the folder of the checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// Returns the path of the checkpoint after `generation` generations.
    pub fn checkpoint(&self, generation: u32) -> PathBuf {
        self.checkpoints().join(format!("gen-{generation:06}.safetensors"))
    }

    /// Returns the path of the checkpoint with the best evaluation.
    pub fn best(&self) -> PathBuf {
        self.checkpoints().join("best.safetensors")
    }

    /// Returns the path of the record of the first member whose state became non-finite.
    pub fn nonfinite(&self) -> PathBuf {
        self.path.join("nonfinite.json")
    }

    /// Returns the path of the state from which that member was sampled.
    pub fn nonfinite_checkpoint(&self) -> PathBuf {
        self.path.join("nonfinite.safetensors")
    }

    /// Returns the path of the record of adapters, one line per session.
    pub fn adapters(&self) -> PathBuf {
        self.path.join("adapters.jsonl")
    }

    /// Returns the path of the warnings, one per line.
    pub fn notes(&self) -> PathBuf {
        self.path.join("notes.jsonl")
    }

    /// Returns the path of the lock. It is held by the process that writes to the folder, and names it.
    pub fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// Returns the path of a file that exists once a checkpoint has been written.
    pub fn kept(&self) -> PathBuf {
        self.path.join("kept")
    }

    /// Returns the path of the version of the program that began the run.
    pub fn version(&self) -> PathBuf {
        self.path.join("version")
    }

    /// Returns the generations that have checkpoints, in ascending order. A missing folder has none.
    ///
    /// Errors: [`Error::File`] if the folder cannot be listed.
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

/// Returns `<runs>/<task>-<seed>-<n>` with the smallest free `n`.
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
    fn runs_that_start_together_have_a_folder_each() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config::default();
        let name = first_free(folder.path(), &config.task.run_name(), config.seed);
        let dir = RunDir { path: name, counted: true };
        let start = || {
            let barrier = std::sync::Barrier::new(8);
            std::thread::scope(|scope| {
                let start = || {
                    barrier.wait();
                    dir.create(&config).expect("a folder")
                };
                let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
                starts.into_iter().map(|start| start.join().expect("no panic")).collect::<Vec<_>>()
            })
        };
        let (first, second) = (start(), start());
        let mut paths: Vec<_> = first.iter().chain(&second).map(|(dir, _)| dir.path.clone()).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 16, "a folder each: {paths:?}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 16, "and nothing else");
        for (dir, _) in &first {
            assert!(matches!(dir.lock(), Err(Error::File(crate::files::Error::Locked { .. }))), "each is locked");
        }
    }

    #[test]
    fn a_run_is_created_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("a/b");
        let config = Config::default();
        let dir = RunDir::choose(Some(&out), &config).expect("free");
        let (_, lock) = dir.create(&config).expect("created");
        assert_eq!(RunDir::open(&out).expect("a run"), dir, "it is found again");
        assert_eq!(std::fs::read_to_string(dir.config()).expect("written"), config.to_ron(), "resolved file");
        let message = RunDir::choose(Some(&out), &config).expect_err("taken").to_string();
        assert!(message.contains("--resume"), "{message}");
        let message = RunDir::choose(Some(folder.path()), &config).expect_err("taken").to_string();
        assert!(!message.contains("--resume") && message.contains("no run"), "nothing to resume: {message}");
        assert!(matches!(dir.create(&config), Err(Error::Exists(_))), "a race is seen");
        assert!(matches!(dir.lock(), Err(Error::File(crate::files::Error::Locked { .. }))), "one writer");
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
