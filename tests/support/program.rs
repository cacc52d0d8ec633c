//! The program as a user starts it, and what a run leaves.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;

/// A run of a few seconds: CartPole with a small network.
pub const SMALL: &[&str] = &[
    "cartpole",
    "--quiet",
    "--set",
    "network=Rsnn(neurons: 64)",
    "--set",
    "algorithm.population=300",
    "--set",
    "generations=4",
    "--set",
    "evaluation=(every: 2, episodes: 40)",
    "--set",
    "checkpoint.every=1",
];

/// The program, which nobody types to.
pub fn gpu_ec(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-ec"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What it says.
pub fn output(arguments: &[&str]) -> Output {
    gpu_ec(arguments).output().expect("the program starts")
}

/// Standard output of what must succeed.
pub fn succeed(arguments: &[&str]) -> String {
    let output = output(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "gpu-ec {arguments:?} failed: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

/// What must be refused: the exit code, nothing on standard output, one message with all `parts`, no panic.
pub fn refused(arguments: &[&str], code: i32, parts: &[&str]) {
    let output = output(arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "gpu-ec {arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "gpu-ec {arguments:?} keeps stdout clean");
    assert!(!message.contains("panicked"), "gpu-ec {arguments:?}: {message}");
    for part in parts {
        assert!(message.contains(part), "gpu-ec {arguments:?} should say {part:?}: {message}");
    }
}

/// What must be refused with one `part` in the message.
pub fn refuse(arguments: &[&str], code: i32, part: &str) {
    refused(arguments, code, &[part]);
}

/// A run directory, which may not be there yet.
pub struct Run(pub PathBuf);

impl Run {
    pub fn in_folder(folder: &Path, name: &str) -> Self {
        Self(folder.join(name))
    }

    pub fn path(&self) -> &str {
        self.0.to_str().expect("a plain path")
    }

    pub fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        [&["run"], SMALL, &["--out", self.path()], more].concat()
    }

    pub fn checkpoint(&self, generation: u32) -> Vec<u8> {
        let path = self.0.join(format!("checkpoints/gen-{generation:06}.safetensors"));
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Generations that the metrics tell of; none before there are any.
    pub fn metrics_so_far(&self) -> usize {
        fs::read_to_string(self.0.join("metrics.jsonl")).map_or(0, |text| text.lines().count())
    }

    /// All metrics but the time they took.
    pub fn metrics(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.0.join("metrics.jsonl")).expect("metrics");
        let parse = |line: &str| {
            let mut value: Value = serde_json::from_str(line).expect("JSON");
            value.as_object_mut().expect("an object").remove("timing");
            value
        };
        text.lines().map(parse).collect()
    }

    /// What a generation took, evaluations included.
    pub fn generation_time(&self) -> Duration {
        let text = fs::read_to_string(self.0.join("metrics.jsonl")).expect("metrics");
        let seconds = |line: &str| -> f64 {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["timing"]["wall_seconds"].as_f64().expect("seconds")
        };
        Duration::from_secs_f64(text.lines().map(seconds).sum::<f64>() / text.lines().count() as f64)
    }

    /// What differs from `other`, of all that must not: metrics, the last checkpoint, the best one.
    pub fn difference(&self, other: &Run) -> Option<&'static str> {
        let generations = other.metrics().len() as u32;
        let best = |run: &Run| fs::read(run.0.join("checkpoints/best.safetensors")).expect("best");
        match () {
            () if self.metrics() != other.metrics() => Some("metrics"),
            () if self.checkpoint(generations) != other.checkpoint(generations) => Some("last checkpoint"),
            () if best(self) != best(other) => Some("best checkpoint"),
            () => None,
        }
    }

    pub fn assert_same(&self, other: &Run, what: &str) {
        assert_eq!(self.difference(other), None, "{what}");
    }

    /// A copy of it in another folder.
    pub fn copied(&self, folder: &Path, name: &str) -> Run {
        let copy = Run::in_folder(folder, name);
        fs::create_dir_all(copy.0.join("checkpoints")).expect("a folder");
        for name in self.files().iter().filter(|name| self.0.join(name).is_file()) {
            fs::copy(self.0.join(name), copy.0.join(name)).expect("copied");
        }
        copy
    }

    /// All files with their bytes, but the lock.
    pub fn contents(&self) -> Vec<(String, Vec<u8>)> {
        let names = self.files().into_iter().filter(|name| name != "lock" && self.0.join(name).is_file());
        names.map(|name| (name.clone(), fs::read(self.0.join(&name)).expect("readable"))).collect()
    }

    /// Names of all files and folders.
    pub fn files(&self) -> Vec<String> {
        let list = |folder: &Path| -> Vec<PathBuf> {
            fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect()
        };
        let all = [list(&self.0), list(&self.0.join("checkpoints"))].concat();
        let mut names: Vec<String> = all
            .iter()
            .map(|path| path.strip_prefix(&self.0).expect("within").to_str().expect("a plain path").to_string())
            .collect();
        names.sort();
        names
    }
}
