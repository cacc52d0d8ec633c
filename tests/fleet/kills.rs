//! Leaders, workers and servers that die, stop and come back. What the run ends with stays the same.

use std::{path::Path, time::Duration};

use crate::support::{
    hub::{Hub, Machine, until},
    program::{Run, succeed},
};

/// A run long enough to be disturbed.
const LONG: &[&str] = &["--set", "generations=12", "--set", "algorithm.population=256"];
const LEASE: &[&str] = &["--lease", "1"];

/// Rounds of kills; `GPU_EC_KILL_ROUNDS=100` makes more.
fn rounds() -> usize {
    std::env::var("GPU_EC_KILL_ROUNDS").map_or(6, |text| text.parse().expect("a number of rounds"))
}

fn alone(folder: &Path) -> Run {
    let alone = Run::in_folder(folder, "alone");
    succeed(&alone.arguments(LONG));
    alone
}

/// Kinds take turns; moments are by chance.
#[test]
fn whoever_dies_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let alone = alone(folder.path());
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut killed = [0; 3];
    for round in 0..rounds() {
        let folder = folder.path().join(format!("round{round}"));
        std::fs::create_dir(&folder).expect("a folder");
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_millis((random >> 33) % 1500);
        let kind = round % 3;
        disturb(&folder, &alone, kind, moment);
        killed[kind] += 1;
    }
    eprintln!("killed: {} workers, {} leaders, {} servers", killed[0], killed[1], killed[2]);
}

fn disturb(folder: &Path, alone: &Run, kind: usize, moment: Duration) {
    let mut hub = Hub::start(folder, &["--appendfsync", "always"]);
    let shared = Run::in_folder(folder, "shared");
    let mut workers: Vec<Machine> = (0..2).map(|k| Machine::worker(&hub, folder, &format!("worker{k}"))).collect();
    let mut leader = Machine::leader(&hub, &shared, folder, &[LONG, LEASE].concat());
    until("a checkpoint", || shared.0.join("checkpoints/gen-000001.safetensors").exists() || is_over(&mut leader));
    std::thread::sleep(moment);
    match kind {
        0 => {
            workers[0].kill();
            workers.push(Machine::worker(&hub, folder, "late"));
            workers.remove(0);
        }
        1 => {
            leader.kill();
            leader = Machine::resumed(&hub, &shared, folder, LEASE);
        }
        _ => {
            hub.kill();
            std::thread::sleep(Duration::from_millis(300));
            hub.restart();
        }
    }
    leader.succeed();
    shared.assert_same(alone, &format!("kind {kind}, after {moment:?}"));
    workers.iter_mut().for_each(Machine::succeed);
}

fn is_over(machine: &mut Machine) -> bool {
    machine.child.try_wait().expect("a child").is_some()
}

/// A server that keeps nothing loses the whole round; the leader brings it back.
#[test]
fn a_server_that_forgets() {
    let folder = tempfile::tempdir().expect("a folder");
    let alone = alone(folder.path());
    let mut hub = Hub::start(folder.path(), &["--appendonly", "no"]);
    let shared = Run::in_folder(folder.path(), "shared");
    let mut worker = Machine::worker(&hub, folder.path(), "worker");
    let mut leader = Machine::leader(&hub, &shared, folder.path(), &[LONG, LEASE].concat());
    until("a worker", || worker.words().contains("joined"));
    hub.restart();
    leader.succeed();
    worker.succeed();
    assert!(leader.words().contains("appendonly is off"), "{}", leader.words());
    shared.assert_same(&alone, "a server that forgets");
}

/// A run with a leader and a worker, and the same run alone.
struct Stage {
    folder: tempfile::TempDir,
    alone: Run,
    hub: Hub,
    shared: Run,
    worker: Machine,
    leader: Machine,
}

impl Stage {
    fn set(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let alone = alone(folder.path());
        let hub = Hub::start(folder.path(), &[]);
        let shared = Run::in_folder(folder.path(), "shared");
        let worker = Machine::worker(&hub, folder.path(), "worker");
        let leader = Machine::leader(&hub, &shared, folder.path(), &[LONG, more].concat());
        Self { folder, alone, hub, shared, worker, leader }
    }
}

/// A worker that is stopped past its lease loses its slices to others; its late answer changes nothing.
#[test]
fn a_worker_that_is_stopped_and_goes_on() {
    let Stage { folder: _folder, alone, hub: _hub, shared, mut worker, mut leader } = Stage::set(LEASE);
    until("a generation", || shared.metrics_so_far() > 0);
    worker.signal("-STOP");
    std::thread::sleep(Duration::from_secs(3));
    worker.signal("-CONT");
    leader.succeed();
    worker.succeed();
    shared.assert_same(&alone, "a worker that slept");
}

/// SIGTERM is a spot notice: the worker goes within seconds and says so; the run goes on.
#[test]
fn a_worker_that_is_asked_to_go() {
    let Stage { folder: _folder, alone, hub: _hub, shared, mut worker, mut leader } = Stage::set(LEASE);
    until("a worker", || worker.words().contains("joined"));
    worker.signal("-TERM");
    assert_eq!(worker.wait(), 130, "{}", worker.words());
    assert!(worker.words().contains("left the run"), "{}", worker.words());
    leader.succeed();
    shared.assert_same(&alone, "a worker that went");
}

/// A leader that is interrupted leaves a checkpoint; workers wait for it.
#[test]
fn a_leader_that_is_asked_to_go() {
    let Stage { folder, alone, hub, shared, mut worker, mut leader } = Stage::set(&[]);
    until("a generation", || shared.metrics_so_far() > 0);
    leader.signal("-TERM");
    assert_eq!(leader.wait(), 130, "{}", leader.words());
    let mut leader = Machine::resumed(&hub, &shared, folder.path(), &[]);
    leader.succeed();
    worker.succeed();
    shared.assert_same(&alone, "a leader that came back");
}
