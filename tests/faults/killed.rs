//! Runs that are ended in the middle, without warning or by a signal, and resumed: the end is the same bytes.

use std::{
    io::{BufRead, Read},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::support::program::{Run, gpu_ec, output, succeed};
use gpu_ec::kernel::random::{philox4x32, uniform01};

/// Runs that are killed; `GPU_EC_KILLS` asks for more.
const KILLS: u32 = 12;

/// A policy that descends gradients, whose episodes go on from one iteration to the next.
const POLICY: [&str; 8] = [
    "--set",
    "network=RsnnF32(neurons: 64)",
    "--set",
    "algorithm=Ppo(environments: 16, horizon: 32, minibatches: 4, learning_rate: 0.003)",
    "--set",
    "generations=5",
    "--set",
    "evaluation=(every: 2, episodes: 8)",
];

/// Evolvable units, several episodes a member.
const UNITS: [&str; 4] = [
    "--set",
    "network=Enu(memory: 8, outputs: 4, inputs: 4, initial_std: 0.6)",
    "--set",
    "algorithm=Es(population: 64, episodes: 8, sigma: 0.1, learning_rate: 1, optimizer: Momentum, weight_decay: 0, \
     rank_power: Some(5))",
];

/// Learners of action values: deep Q-learning, and agents at synapses.
const LEARNERS: [[&str; 10]; 2] = [
    learners("algorithm=Dqsn(seeds: 6, widths: [16, 64])", "generations=60"),
    learners("algorithm=SynapseAgents(seeds: 8, models: [M2, Random], widths: [8, 32])", "generations=12"),
];

const fn learners(algorithm: &'static str, generations: &'static str) -> [&'static str; 10] {
    let evaluation = "evaluation=(every: 3, episodes: 8)";
    let curriculum = "curriculum=None";
    let network = "network=TickNet()";
    ["--set", network, "--set", algorithm, "--set", generations, "--set", evaluation, "--set", curriculum]
}

/// Number `k` of the random numbers in [0, 1) of `trial`.
fn random(trial: u32, k: u32) -> f64 {
    f64::from(uniform01(philox4x32([trial, k, 0, 0], [2026, 11])[0]))
}

fn start(arguments: &[&str]) -> Child {
    gpu_ec(arguments).stderr(Stdio::piped()).spawn().expect("starts")
}

/// Kills `child`, which writes to `run`, without warning: a random moment after it has done some generations, or after
/// its start. A whole run takes `length`, a generation of it `each`. Returns whether it had ended by itself.
fn kill(mut child: Child, run: &Run, (length, each): (Duration, Duration), (trial, k): (u32, u32)) -> bool {
    let lines = || run.metrics_so_far();
    let generations = (trial / 2) as usize % 5;
    let mut moment = length.mul_f64(random(trial, k));
    if generations < 4 {
        moment = each.mul_f64(random(trial, k));
        while (lines() < generations || !run.0.exists()) && child.try_wait().expect("a child").is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    std::thread::sleep(moment);
    let ended = child.try_wait().expect("a child").is_some();
    child.kill().expect("killed or ended"); // SIGKILL
    child.wait().expect("reaped");
    ended
}

/// A whole run beside which the others are held, and the time that another of its kind takes.
fn whole(folder: &std::path::Path, more: &[&str]) -> (Run, Duration) {
    let run = |name: &str| {
        let run = Run::in_folder(folder, name);
        succeed(&run.arguments(more));
        run
    };
    let whole = run("whole");
    let started = Instant::now();
    run("again");
    (whole, started.elapsed())
}

#[test]
fn killed_at_random_moments_and_resumed_it_ends_in_the_same_bytes() {
    killed_and_resumed(KILLS, &[]);
}

#[test]
fn killed_units_resume_to_the_same_bytes() {
    killed_and_resumed(KILLS / 2, &UNITS);
}

#[test]
fn a_killed_policy_resumes_to_the_same_bytes() {
    killed_and_resumed(KILLS / 2, &POLICY);
}

#[test]
fn killed_learners_resume_to_the_same_bytes() {
    for learners in LEARNERS {
        killed_and_resumed(KILLS / 2, &learners);
    }
}

fn killed_and_resumed(kills: u32, more: &[&str]) {
    let kills = std::env::var("GPU_EC_KILLS").map_or(kills, |kills| kills.parse().expect("GPU_EC_KILLS is a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, length) = whole(folder.path(), more);
    let times = (length, whole.generation_time());
    let (mut too_early, mut within, mut too_late) = (0, 0, 0);
    for trial in 0..kills {
        let cut = Run::in_folder(folder.path(), &format!("cut{trial}"));
        let ended = kill(start(&cut.arguments(more)), &cut, times, (trial, 0));
        let begun = cut.0.exists();
        match (begun, ended) {
            (false, _) => too_early += 1,
            (true, false) => within += 1,
            (true, true) => too_late += 1,
        }
        if begun && trial % 2 == 1 {
            kill(start(&["run", "--quiet", "--resume", cut.path()]), &cut, times, (trial, 1));
        }
        if begun {
            succeed(&["run", "--quiet", "--resume", cut.path()]);
        } else {
            succeed(&cut.arguments(more)); // there is no run yet: it is begun once more
        }
        cut.assert_same(&whole, &format!("kill {trial}"));
        let files = cut.files();
        assert!(files.iter().all(|name| !name.contains(".new-")), "nothing unfinished is left: {files:?}");
    }
    eprintln!("{kills} kills: {too_early} before the run directory, {within} within the run, {too_late} after its end");
    assert!(within > 0, "no kill met a run");
    let said = output(&["run", "--resume", whole.path()]);
    assert!(said.status.success(), "a finished run is no error");
    assert!(String::from_utf8_lossy(&said.stderr).contains("all generations are done"), "it says that it is finished");
}

/// Sends SIGTERM after `moment` and returns how it ended.
#[cfg(unix)]
fn end_after(mut child: Child, moment: Duration) -> (ExitStatus, String) {
    std::thread::sleep(moment);
    let signalled = Instant::now();
    if child.try_wait().expect("a child").is_none() {
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    }
    let output = child.wait_with_output().expect("ends");
    assert!(signalled.elapsed() < Duration::from_secs(5), "it took {:?} to end", signalled.elapsed());
    (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A generation takes longer than the time between two signals: without its members that have lived it would never end.
#[cfg(unix)]
#[test]
fn signals_within_a_generation_lose_no_member() {
    let folder = tempfile::tempdir().expect("a folder");
    let more = ["--set", "algorithm.population=6000", "--set", "device.slab=200", "--set", "device.submission_ms=5"];
    let more = [&more[..], &["--set", "generations=2", "--set", "evaluation=(every: 1, episodes: 400)"]].concat();
    let (whole, length) = whole(folder.path(), &more);
    let cut = Run::in_folder(folder.path(), "cut");
    let mut open = 0;
    for trial in 0.. {
        let resume = ["run", "--quiet", "--resume", cut.path()];
        let child = if cut.0.exists() { start(&resume) } else { start(&cut.arguments(&more)) };
        let (status, said) = end_after(child, length.mul_f64(0.25 + 0.1 * random(trial, 2)));
        if status.success() {
            break;
        }
        assert_eq!(status.code(), Some(130), "{said}");
        open += u32::from(said.contains("episodes of the next"));
        assert!(trial < 40, "it comes to no end: {said}");
    }
    eprintln!("{open} signals met an open generation");
    assert!(open > 0, "no signal met an open generation");
    cut.assert_same(&whole, "signals within generations");
    assert_eq!(cut.files(), whole.files(), "no checkpoint of an interruption is left");
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_a_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "signal");
    let more = ["--set", "generations=100000", "--set", "checkpoint.every=100000"];
    let mut child = start(&run.arguments(&more));
    await_generations(&mut child, &run, 2);
    let (status, said) = end_after(child, Duration::ZERO);
    assert_eq!(status.code(), Some(130), "exit code");
    assert!(said.contains("--resume"), "it says how to go on: {said}");
    let done = run.metrics().len();
    assert!(run.checkpoint(done as u32).len() > 1000, "the last generation is on disk");
    // the checkpoint of the interruption goes once there is another
    let generations = format!("generations={}", done + 2);
    succeed(&["run", "--quiet", "--resume", run.path(), "--set", &generations]);
    let whole = Run::in_folder(folder.path(), "whole");
    succeed(&whole.arguments(&[&more[..], &["--set", &generations]].concat()));
    run.assert_same(&whole, "resumed");
    assert_eq!(run.files(), whole.files(), "the same files");
}

/// Waits until `run` tells of so many generations.
fn await_generations(child: &mut Child, run: &Run, generations: usize) {
    while run.metrics_so_far() < generations {
        assert!(child.try_wait().expect("alive").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill");
}

/// A closed terminal, a job system and `timeout` send theirs twice.
#[cfg(unix)]
#[test]
fn signals_that_come_together_count_as_one() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, gap) in [("-TERM", 20), ("-HUP", 2), ("-INT", 60)] {
        let run = Run::in_folder(folder.path(), name);
        let more = ["--set", "generations=100000", "--set", "checkpoint.every=100000"];
        let more = [&more[..], &["--set", "algorithm.population=3000"]].concat();
        let mut child = start(&run.arguments(&more));
        await_generations(&mut child, &run, 2);
        for _ in 0..3 {
            signal(&child, name);
            std::thread::sleep(Duration::from_millis(gap));
        }
        let output = child.wait_with_output().expect("ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{name}: {said}");
        assert!(said.contains("a checkpoint is written"), "{name}: {said}");
        let done = run.metrics().len() as u32;
        assert!(run.checkpoint(done).len() > 1000, "{name}: the last generation is on disk");
    }
}

/// A network so slow that a few steps take seconds.
#[cfg(unix)]
#[test]
fn a_later_signal_says_what_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let slow = ["--set", "network=Rsnn(neurons: 64, sim_time_ms: 5000)", "--set", "algorithm.population=512"];
    let mut arguments = run.arguments(&slow);
    arguments.retain(|argument| *argument != "--quiet");
    let mut child = start(&arguments);
    let mut said = std::io::BufReader::new(child.stderr.take().expect("piped"));
    let mut lines = String::new();
    while !lines.contains("first environment step") {
        assert!(said.read_line(&mut lines).expect("text") > 0, "it ended: {lines}");
    }
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-TERM");
    std::thread::sleep(Duration::from_millis(1300));
    signal(&child, "-TERM");
    let signalled = Instant::now();
    let status = child.wait().expect("ends");
    assert!(signalled.elapsed() < Duration::from_secs(10), "it ends at once");
    said.read_to_string(&mut lines).expect("text");
    assert_eq!(status.code(), Some(131), "{lines}");
    for part in ["stopped at once", "without a checkpoint", "what its open generation has done is lost", "--resume"] {
        assert!(lines.contains(part), "`{part}` is not in: {lines}");
    }
    assert!(!run.files().iter().any(|name| name.ends_with(".safetensors")), "no checkpoint: {:?}", run.files());
}

/// Nothing is kept yet, and so much is to be done once more: that is said, and the end is the same bytes.
#[test]
fn a_run_killed_before_its_first_checkpoint_begins_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let more = ["--set", "checkpoint.every=50", "--set", "generations=40"];
    let mut child = start(&run.arguments(&more));
    await_generations(&mut child, &run, 3);
    child.kill().expect("killed");
    child.wait().expect("reaped");
    let done = run.metrics().len();
    assert!(!run.0.join("kept").exists(), "it was killed in time");
    let resumed = output(&["run", "--resume", run.path()]);
    let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(resumed.status.success(), "{said}");
    for part in ["stopped before its first checkpoint", &format!("generations 1 to {done} are done once more")] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    let whole = Run::in_folder(folder.path(), "whole");
    succeed(&whole.arguments(&more));
    run.assert_same(&whole, "begun anew");
    assert_eq!(run.files(), whole.files(), "the same files");
}

/// What a run begins with is in its folder from the start.
#[test]
fn a_run_from_a_checkpoint_goes_on_from_it_when_it_is_killed_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Run::in_folder(folder.path(), "first");
    succeed(&first.arguments(&["--set", "generations=2"]));
    let from = first.0.join("checkpoints/gen-000002.safetensors").display().to_string();
    let more = ["--set", "checkpoint.every=50", "--set", "generations=5", "--from", &from];
    let (whole, cut) = (Run::in_folder(folder.path(), "whole"), Run::in_folder(folder.path(), "cut"));
    succeed(&whole.arguments(&more));
    let mut child = start(&cut.arguments(&more));
    while !cut.0.join("checkpoints/gen-000000.safetensors").exists() {
        assert!(child.try_wait().expect("alive").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("killed");
    child.wait().expect("reaped");
    assert!(cut.metrics_so_far() < 5, "it was killed in time");
    succeed(&["run", "--quiet", "--resume", cut.path()]);
    cut.assert_same(&whole, "gone on from what it began with");
    assert_eq!(cut.files(), whole.files(), "the same files");
}
