//! A run with workers ends with the bytes of a run on one machine.

use std::path::Path;

use crate::support::{
    hub::{Hub, Machine},
    program::{Run, succeed},
};

/// Runs `sets` alone and with three workers, and compares.
fn assert_shared(folder: &Path, sets: &[&str]) {
    let hub = Hub::start(folder, &[]);
    let (alone, shared) = (Run::in_folder(folder, "alone"), Run::in_folder(folder, "shared"));
    succeed(&alone.arguments(sets));
    let mut workers: Vec<Machine> = (0..3).map(|k| Machine::worker(&hub, folder, &format!("worker{k}"))).collect();
    let mut leader = Machine::leader(&hub, &shared, folder, sets);
    leader.succeed();
    workers.iter_mut().for_each(Machine::succeed);
    shared.assert_same(&alone, &format!("{sets:?}"));
    let joined = workers.iter().filter(|worker| worker.words().contains("joined the run `shared`")).count();
    assert!(joined > 0, "somebody took part");
    let answers: Vec<String> = hub.ask(&["KEYS", "ec:{shared}:dist:*"]);
    assert!(answers.len() <= 2, "distributions of old rounds are removed: {answers:?}");
}

#[test]
fn connectivity_that_evolves() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_shared(folder.path(), &["--set", "algorithm=Ec(population: 300)", "--set", "generations=8"]);
}

#[test]
fn strategies_with_several_episodes_a_member() {
    let folder = tempfile::tempdir().expect("a folder");
    let algorithm = "algorithm=Es(population: 120, episodes: 3, common_starts: true)";
    let sets = ["--set", algorithm, "--set", "network=Gru(units: 32)", "--set", "generations=6"];
    assert_shared(folder.path(), &sets);
}

/// Worlds, terms of the reward, phases whose kernels differ.
#[test]
fn a_body_whose_task_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |name: &str| Run::in_folder(folder.path(), name);
    let sets = [
        "algorithm.population=96",
        "generations=4",
        "curriculum=None",
        "evaluation=(every: 2, episodes: 24)",
        "checkpoint.every=2",
        "task.episode_length=60",
        "phases=[(until: (generations: 2), episode_cap: (from: 20, to: 20, frames: 1)), (task: (frame_skip: 2))]",
    ];
    let sets: Vec<&str> = sets.into_iter().flat_map(|set| ["--set", set]).collect();
    let (alone, shared) = (run("alone"), run("shared"));
    succeed(&[&["run", "hopper_fast", "--quiet", "--out", alone.path()], &sets[..]].concat());
    let hub = Hub::start(folder.path(), &[]);
    let mut worker = Machine::worker(&hub, folder.path(), "worker");
    let url = hub.url();
    let arguments = [&["run", "hopper_fast", "--out", shared.path(), "--hub", &url], &sets[..]].concat();
    Machine::start(&arguments, folder.path().join("leader")).succeed();
    worker.succeed();
    shared.assert_same(&alone, "phases");
}

/// Nobody joins: the run is that of one machine.
#[test]
fn a_leader_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(folder.path(), &[]);
    let (alone, shared) = (Run::in_folder(folder.path(), "alone"), Run::in_folder(folder.path(), "shared"));
    succeed(&alone.arguments(&[]));
    Machine::leader(&hub, &shared, folder.path(), &[]).succeed();
    shared.assert_same(&alone, "a hub without workers");
    let table = succeed(&["hub", &hub.url()]);
    assert!(table.contains("shared") && table.contains("finished"), "{table}");
    let json: serde_json::Value = serde_json::from_str(&succeed(&["hub", &hub.url(), "--json"])).expect("JSON");
    assert_eq!(json["runs"][0]["round"]["state"], "finished", "{json}");
}
