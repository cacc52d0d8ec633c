//! A run with a user-supplied robot: it keeps the robot, goes on without the original, and takes no other.

use std::fs;
use std::path::Path;

use crate::support::program::{refused, succeed};

const CONFIG: &str = r#"(
    generations: 2,
    task: Locomotion(
        robot: "bodies/hound.xml",
        episode_length: 40,
        observation: [Positions(), Velocities(clip: 10), Upright(body: "hip")],
        healthy: [Height(range: (0.15, inf))],
    ),
    network: Rsnn(neurons: 32),
    algorithm: Ec(population: 8),
    evaluation: (every: 2, episodes: 4),
    checkpoint: (every: 1),
)"#;

/// The hound in two files: the default class is included.
fn write_robot(folder: &Path) {
    let whole = include_str!("../../assets/examples/hound.xml");
    let (start, rest) = whole.split_once("<default>").expect("it has defaults");
    let (defaults, end) = rest.split_once("</default>").expect("they end");
    fs::create_dir_all(folder.join("parts")).expect("a folder");
    fs::write(folder.join("hound.xml"), format!("{start}<include file=\"parts/defaults.xml\"/>{end}"))
        .expect("writable");
    let included = format!("<mujocoinclude><default>{defaults}</default></mujocoinclude>");
    fs::write(folder.join("parts/defaults.xml"), included).expect("writable");
}

#[test]
fn a_run_keeps_its_robot() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    write_robot(&folder.path().join("bodies"));
    fs::write(folder.path().join("my.ron"), CONFIG).expect("writable");
    let run = path("run");
    succeed(&["run", &path("my.ron"), "--quiet", "--out", &run]);
    let inspected = succeed(&["inspect", &path("my.ron")]);
    for part in ["task locomotion@1", "of chest", "z axis of hip", "terminates unless healthy: height"] {
        assert!(inspected.contains(part), "inspect shows {part:?}:\n{inspected}");
    }

    // Nothing of the original is needed any more.
    fs::remove_dir_all(folder.path().join("bodies")).expect("removed");
    let config = fs::read_to_string(folder.path().join("run/config.ron")).expect("written");
    assert!(config.contains("robot: \"robot.xml\""), "the resolved file names the robot beside it:\n{config}");
    let eval = |what: &str| succeed(&["eval", what, "--episodes", "4", "--json"]);
    let scores = eval(&run);
    let moved = path("moved");
    fs::rename(&run, &moved).expect("moved");
    assert_eq!(eval(&moved), scores, "the folder may move");
    let lone = path("lone.safetensors");
    fs::copy(folder.path().join("moved/checkpoints/best.safetensors"), &lone).expect("copied");
    assert_eq!(eval(&lone), scores, "a checkpoint alone knows its robot");
    succeed(&["run", "--quiet", "--resume", &moved, "--set", "generations=3"]);

    // Another robot, under the same name, is refused by all that reads the checkpoint.
    let robot = folder.path().join("moved/robot.xml");
    let text = fs::read_to_string(&robot).expect("written");
    assert!(!text.contains("include") && text.contains("damping=\"0.5\""), "includes are in their places:\n{text}");
    fs::write(&robot, text.replace("gear=\"6\"", "gear=\"7\"")).expect("writable");
    let resume: &[&str] = &["run", "--quiet", "--resume", &moved, "--set", "generations=4"];
    for arguments in [resume, &["eval", &moved]] {
        refused(arguments, 2, &["another robot than `robot.xml`"]);
    }
    fs::remove_file(&robot).expect("removed");
    refused(resume, 2, &["config.ron:", "the robot `robot.xml` cannot be used", "cannot be read"]);
}

/// More contacts than places: `run`, `eval` and `rollout` say how many were left out and what to set (a run keeps its
/// robot as `robot.xml`); with the places that the robot needs nothing is left out.
#[test]
fn contacts_without_a_place_are_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/physics/robots/crowded/ten_contacts.xml"), path("ten.xml"))
        .expect("copied");
    let task = r#"(generations: 1, network: Rsnn(neurons: 32), algorithm: Ec(population: 4),
        evaluation: (every: 1, episodes: 2), task: Locomotion(robot: "ten.xml", episode_length: 10, frame_skip: 1, healthy: [],
        reset_noise_scale: 0.0, reward: [Healthy()] MORE))"#;
    let config = path("ten.ron");
    let said = |more: &str, arguments: &[&str]| {
        fs::write(&config, task.replace("MORE", more)).expect("writable");
        let output = crate::support::program::output(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "gpu-ec {arguments:?} failed: {text}");
        (text, String::from_utf8(output.stdout).expect("text"))
    };
    let parsed = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("JSON");
    let (few, all, motion) = (path("few"), path("all"), path("motion.npz"));
    let told =
        ["of robot found no place", "4 of 20 between geoms at once", "set `task.max_contacts` above 4: 20 are all"];
    // 4 members for 10 steps, 6 of 10 contacts left out in each
    let (text, _) = said(", max_contacts: 4", &["run", &config, "--out", &few]);
    for part in told.into_iter().chain(["generation 0: 240 times a contact"]) {
        assert!(text.contains(part), "run says {part:?}: {text}");
    }
    let (text, json) = said(", max_contacts: 4", &["eval", &few, "--episodes", "3", "--json"]);
    for part in told.into_iter().chain(["180 times a contact"]) {
        assert!(text.contains(part), "eval says {part:?}: {text}");
    }
    assert_eq!(parsed(&json)["contact_overflow"], 180, "and counts");
    let (text, _) = said(", max_contacts: 4", &["rollout", &config, "--random", "--steps", "10", "--out", &motion]);
    assert!(text.contains("60 times a contact") && text.contains(told[2]), "rollout says so: {text}");
    let (text, shown) = said("", &["inspect", &config]);
    assert!(shown.contains("contacts kept: 20 of 20 between geoms at once, and all with the floor"), "{text}{shown}");

    let (text, _) = said("", &["run", &config, "--out", &all]);
    assert!(!text.contains("contact"), "nothing is left out: {text}");
    let robot = path("ten.xml");
    let (_, json) = said("", &["rollout", &robot, "--random", "--steps", "10", "--out", &motion, "--json"]);
    assert_eq!(parsed(&json)["contact_overflow"], 0, "nor in a rollout");
    let (_, json) = said("", &["inspect", &robot, "--json"]);
    assert_eq!(parsed(&json)["contacts"], serde_json::json!({"possible": 20, "kept": 20}), "inspect counts");
    for number in ["0", "129"] {
        let set = format!("task.max_contacts={number}");
        refused(&["inspect", &config, "--set", &set], 2, &["task.max_contacts", "1 to 128"]);
    }
}

/// The README's example.
#[test]
fn the_example_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (example, out) = (concat!(env!("CARGO_MANIFEST_DIR"), "/assets/examples/hound.ron"), folder.path().join("run"));
    let short = [
        "generations=1",
        "algorithm.population=4",
        "task.episode_length=9",
        "curriculum=None",
        "evaluation.episodes=2",
    ];
    let sets = short.iter().flat_map(|set| ["--set", set]);
    let arguments = ["run", example, "--quiet", "--out", out.to_str().expect("plain")];
    succeed(&arguments.into_iter().chain(sets).collect::<Vec<_>>());
    assert!(out.join("robot.xml").is_file(), "with its robot beside it");
}
