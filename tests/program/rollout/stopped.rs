//! Rollouts that end early, by a full disk or Ctrl-C: nothing is left behind.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use super::RAIL;
use crate::support::arrays::Files;
use crate::support::program::gpu_ec;

/// The limit on the size of files stands for a full disk: a write fails in the middle.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_stops_the_rollout() {
    let files = Files::new();
    let robot = files.write("rail.xml", RAIL);
    let out = files.name("out.npz");
    let mut command = Command::new("bash"); // the signal that comes with the limit must not end the program
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_gpu-ec"), "rollout", &robot]);
    command.args(["--random", "--steps", "3000000", "--out", &out]).stdin(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("bash");
    // Device memory counts as files, so that the limit must come after it is made: once some steps are written.
    let open = format!("/proc/{}/fd", child.id());
    let written = || {
        let entries = std::fs::read_dir(&open).into_iter().flatten().flatten().map(|entry| entry.path());
        let own = |path: &std::path::PathBuf| {
            std::fs::read_link(path).is_ok_and(|target| target.starts_with(files.folder()))
                && std::fs::metadata(path).is_ok_and(|file| file.len() > 100_000)
        };
        entries.filter(own).count() > 0
    };
    while !written() {
        assert!(child.try_wait().expect("alive").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(5));
    }
    let limit = ["--pid", &child.id().to_string(), "--fsize=100000"];
    assert!(Command::new("prlimit").args(limit).status().expect("prlimit").success(), "limited");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write") && said.contains("ulimit -f"), "{said}");
    let left: Vec<_> = std::fs::read_dir(files.folder()).expect("listed").collect();
    assert_eq!(left.len(), 1, "only the robot is there: {left:?}");
}

/// Ctrl-C: exit code 130, and nothing is left.
#[cfg(unix)]
#[test]
fn an_interrupted_rollout_leaves_nothing() {
    let files = Files::new();
    let robot = files.write("rail.xml", RAIL);
    let out = files.name("out.npz");
    let arguments = ["rollout", &robot, "--random", "--steps", "3000000", "--out", &out, "--log", "debug"];
    let mut child = gpu_ec(&arguments).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    // the kernels are compiled: it listens to signals
    assert!(lines.by_ref().any(|line| line.expect("text").contains("in the driver")), "it says that it compiles");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("nothing was written")), "{rest:?}");
    let left: Vec<_> = std::fs::read_dir(files.folder()).expect("listed").collect();
    assert_eq!(left.len(), 1, "only the robot is there: {left:?}");
}
