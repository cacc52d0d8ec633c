//! Faults of the machine under a run: it stops with one clear message, what was done stays, and it goes on once they
//! are gone.
#![cfg(unix)]

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use crate::support::program::{Run, gpu_ec, output, refuse, succeed};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A whole run, and one that has its first two generations behind it.
fn whole_and_half(folder: &Path) -> (Run, Run) {
    let (whole, half) = (Run::in_folder(folder, "whole"), Run::in_folder(folder, "half"));
    succeed(&whole.arguments(&[]));
    succeed(&half.arguments(&["--set", "generations=2"]));
    (whole, half)
}

const GO_ON: [&str; 3] = ["--quiet", "--set", "generations=4"];

/// A run that failed with exit code 1 and `parts` in its one message, and left `run` as it was but for metrics.
fn assert_stopped(output: &Output, run: &Run, before: &(Vec<String>, Vec<u8>), parts: &[&str]) {
    let message = said(output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert_eq!(message.matches("error: ").count(), 1, "one message: {message}");
    assert_eq!(
        (run.files(), run.checkpoint(2)),
        *before,
        "nothing half-written, the last good one untouched: {message}"
    );
}

fn before(run: &Run) -> (Vec<String>, Vec<u8>) {
    (run.files(), run.checkpoint(2))
}

#[test]
fn one_run_writes_to_a_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let endless = ["--set", "generations=1000000", "--set", "checkpoint.every=1"];
    let mut child = gpu_ec(&run.arguments(&endless)).spawn().expect("starts");
    while !run.0.join("checkpoints/gen-000001.safetensors").exists() {
        assert!(child.try_wait().expect("a child").is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(10));
    }
    let holder = format!("in use by process {} on ", child.id());
    refuse(&["run", "--resume", run.path()], 2, &holder);
    succeed(&["eval", run.path(), "--episodes", "4"]);
    child.kill().expect("killed");
    child.wait().expect("reaped");
    let generations = format!("generations={}", run.metrics().len() + 1);
    succeed(&["run", "--quiet", "--resume", run.path(), "--set", &generations]);
}

/// A run that goes on for ever, once it has two generations behind it.
fn endless(run: &Run) -> std::process::Child {
    let sets = ["--set", "generations=1000000", "--set", "checkpoint.every=1000000", "--set", "tensorboard=false"];
    let mut child = gpu_ec(&run.arguments(&sets)).stderr(Stdio::piped()).spawn().expect("starts");
    while run.metrics_so_far() < 2 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn a_run_whose_folder_is_deleted_or_moved_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = folder.path().join("elsewhere");
    type Loss<'a> = (&'a str, &'a dyn Fn(&Run));
    let losses: [Loss; 3] = [
        ("deleted", &|run| fs::remove_dir_all(&run.0).expect("deleted")),
        ("moved", &|run| fs::rename(&run.0, &elsewhere).expect("moved")),
        ("emptied", &|run| fs::remove_file(run.0.join("metrics.jsonl")).expect("deleted")),
    ];
    for (name, lose) in losses {
        let run = Run::in_folder(folder.path(), name);
        let mut child = endless(&run);
        lose(&run);
        let lost = Instant::now();
        while child.try_wait().expect("a child").is_none() {
            if lost.elapsed() > Duration::from_secs(60) {
                child.kill().expect("killed");
                panic!("{name}: it goes on");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = child.wait_with_output().expect("it ends");
        let message = said(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {message}");
        for part in ["metrics.jsonl is gone", "deleted or moved", "--resume"] {
            assert!(message.contains(part), "{name}: `{part}` is not in: {message}");
        }
    }
}

/// A start that was killed leaves a hidden folder; the next one beside it clears it away.
#[test]
fn what_a_killed_start_left_is_cleared_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let stale = folder.path().join(".new-Ab12Cd");
    fs::create_dir_all(stale.join("checkpoints")).expect("a folder");
    fs::write(stale.join("lock"), "process 1 on nowhere\n").expect("writable");
    fs::write(stale.join("version"), "gpu-ec\n").expect("writable");
    let run = Run::in_folder(folder.path(), "run");
    succeed(&run.arguments(&["--set", "generations=1"]));
    let names: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(names, ["run"], "nothing else is left");
}

/// Nobody named a folder: each takes one of its own.
#[test]
fn runs_started_side_by_side_have_a_folder_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = |_| {
        let sets = ["--set", "network=Rsnn(neurons: 64)", "--set", "algorithm.population=32", "--set", "generations=1"];
        let mut command = gpu_ec(&[&["run", "cartpole", "--quiet", "--no-autotune"], &sets[..]].concat());
        command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
    };
    let children: Vec<_> = (0..5).map(start).collect();
    let mut folders: Vec<String> = vec![];
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", said(&output));
        folders.push(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    folders.sort();
    assert_eq!(folders, [0, 1, 2, 3, 4].map(|n| format!("runs/cartpole-0-{n}")), "each says its own");
    for path in folders {
        assert_eq!(Run(folder.path().join(path)).metrics().len(), 1, "each has its generation");
    }
}

/// The limit on the size of files stands for a full disk where none can be made: a write fails in the middle.
#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_stops_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let sets = ["--set", "generations=1000000", "--set", "checkpoint=(every: 10, keep: 2)"];
    let mut command = Command::new("bash"); // the signal that comes with the limit must not end the program
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_gpu-ec")]).args(run.arguments(&sets));
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("bash");
    while !run.0.join("checkpoints/gen-000010.safetensors").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let limit = ["--pid", &child.id().to_string(), "--fsize=50000"]; // the device's memory counts as a file only when it is made
    assert!(Command::new("prlimit").args(limit).status().expect("prlimit").success(), "limited");
    let output = child.wait_with_output().expect("it ends");
    let message = said(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in ["cannot write", ".safetensors", "ulimit -f", "the run is kept up to generation", "--resume"] {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    let files = run.files();
    assert!(files.iter().all(|name| !name.contains(".new-")), "nothing half-written is left: {files:?}");
    let generations = format!("generations={}", run.metrics().len() + 1);
    succeed(&["run", "--quiet", "--resume", run.path(), "--set", &generations]);
    let whole = Run::in_folder(folder.path(), "whole");
    succeed(&whole.arguments(&["--set", "checkpoint=(every: 10, keep: 2)", "--set", &generations]));
    run.assert_same(&whole, "after the limit is gone");
}

/// A file system of its own, as far as this system lets one be mounted.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path, size: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(at))
    }

    fn remount(&self, options: &str) {
        let mount = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(self.0).status();
        assert!(mount.expect("mount").success(), "remounted with {options}");
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_disk_that_is_full_or_read_only_stops_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let mounted = folder.path().join("disk");
    fs::create_dir(&mounted).expect("a folder");
    let Some(disk) = Disk::mount(&mounted, "10m") else {
        eprintln!(
            "left out, as nothing can be mounted here: the limit on files and the folder without permission stand for it"
        );
        return;
    };
    let whole = Run::in_folder(folder.path(), "whole");
    succeed(&whole.arguments(&[]));
    let run = Run::in_folder(&mounted, "run");
    succeed(&run.arguments(&["--set", "generations=2"]));
    let state = before(&run);
    let resume = || output(&[&["run", "--resume", run.path()], &GO_ON[..]].concat());
    disk.remount("size=440k");
    assert_stopped(
        &resume(),
        &run,
        &state,
        &["gen-000003.safetensors", "No space left", "free some space", "--resume"],
    );
    disk.remount("size=10m,ro");
    assert_stopped(&resume(), &run, &state, &["lock", "Read-only", "--resume"]);
    disk.remount("size=10m,rw");
    assert!(resume().status.success(), "it goes on");
    run.assert_same(&whole, "after there was space again");
}

/// Whoever runs the tests, the program has no rights but its own.
fn unprivileged(arguments: &[&str], folder: &Path) -> Output {
    let root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut command = gpu_ec(arguments);
    if root {
        let program = folder.join("gpu-ec");
        if !program.exists() {
            fs::copy(env!("CARGO_BIN_EXE_gpu-ec"), &program).expect("copied");
        }
        command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).uid(65_534).gid(65_534);
        command.env("HOME", folder).env("XDG_CACHE_HOME", folder.join("cache"));
    }
    command.output().expect("it starts")
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("permissions");
}

#[test]
fn a_folder_without_permission_stops_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, run) = whole_and_half(folder.path());
    set_mode(folder.path(), 0o777);
    let checkpoints = run.0.join("checkpoints");
    let everybody = |mode: u32| {
        for path in [&run.0, &checkpoints] {
            set_mode(path, mode | 0o111);
            for entry in fs::read_dir(path).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_file() {
                    set_mode(&path, mode);
                }
            }
        }
    };
    everybody(0o666);
    let state = before(&run);
    let resume = || unprivileged(&[&["run", "--resume", run.path()], &GO_ON[..]].concat(), folder.path());
    set_mode(&checkpoints, 0o555);
    assert_stopped(
        &resume(),
        &run,
        &state,
        &["gen-000003.safetensors", "ermission denied", "make the folder writable"],
    );
    everybody(0o444);
    assert_stopped(&resume(), &run, &state, &["lock", "ermission denied"]);
    // read-only files in folders that are not: they are replaced
    everybody(0o666);
    for generation in [1, 2] {
        set_mode(&checkpoints.join(format!("gen-{generation:06}.safetensors")), 0o444);
    }
    let output = resume();
    assert!(output.status.success(), "{}", said(&output));
    run.assert_same(&whole, "after the permission was given");
    // nothing can be begun either
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).expect("a folder");
    set_mode(&closed, 0o555);
    let output = unprivileged(&Run::in_folder(&closed, "run").arguments(&[]), folder.path());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("cannot create a folder in"), "{}", said(&output));
    assert_eq!(fs::read_dir(&closed).expect("a folder").count(), 0, "nothing is left");
}
