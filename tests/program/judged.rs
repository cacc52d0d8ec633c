//! Training on one reward and being judged by another.

use crate::support::program::{Run, refuse, succeed};
use serde_json::Value;

/// Evaluations, the best checkpoint and `gpu-ec eval` go by `evaluation.task`; training does not.
#[test]
fn evaluations_go_by_their_own_task() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |name: &str, sets: &[&str]| {
        let run = Run::in_folder(folder.path(), name);
        let small = [
            "task.healthy_reward=0",
            "network.neurons=32",
            "algorithm.population=16",
            "generations=2",
            "evaluation.every=1",
        ];
        let sets: Vec<&str> = small.iter().chain(sets).flat_map(|set| ["--set", set]).collect();
        succeed(&[&["run", "hopper_fast", "--set", "evaluation.episodes=8", "--out", run.path()][..], &sets].concat());
        run
    };
    let (plain, judged) = (run("plain", &[]), run("judged", &["evaluation.task.healthy_reward=5"]));
    for (plain, judged) in plain.metrics().iter().zip(judged.metrics()) {
        let term = |line: &Value, name: &str| line["eval_terms"][name].as_f64().expect("a term of the reward");
        for same in ["return_mean", "return_best", "update_norm", "frames", "eval_length_mean"] {
            assert_eq!(plain[same], judged[same], "{same}");
        }
        assert_eq!(term(plain, "reward_forward"), term(&judged, "reward_forward"), "the same episodes");
        let trained = plain["return_terms"].as_object().expect("terms of the training's reward");
        let sum: f64 = trained.values().map(|mean| mean.as_f64().expect("a mean")).sum();
        let off = sum - plain["return_mean"].as_f64().expect("a mean");
        assert!(off.abs() < 1e-3 && trained.len() == 3, "the terms' sum is off by {off}: {trained:?}");
        let alive = term(&judged, "reward_survive");
        assert_eq!(term(plain, "reward_survive"), 0.0, "not rewarded in training");
        let length = judged["eval_length_mean"].as_f64().expect("a length");
        assert!((alive - 5.0 * length).abs() < 10.0, "alive {alive} in {length} steps");
        let difference =
            judged["eval_return"].as_f64().expect("a mean") - plain["eval_return"].as_f64().expect("a mean");
        assert!((difference - alive).abs() < 0.01, "the returns differ by {difference}");
    }
    let eval = |path: &str, more: &[&str]| -> Value {
        let report = succeed(&[&["eval", path, "--episodes", "8", "--seed", "3", "--json"][..], more].concat());
        serde_json::from_str(&report).expect("JSON")
    };
    let best = judged.0.join("checkpoints/best.safetensors");
    let lone = folder.path().join("lone.safetensors");
    std::fs::copy(&best, &lone).expect("copied");
    let (own, of_file) = (eval(judged.path(), &[]), eval(lone.to_str().expect("plain"), &[]));
    assert_eq!(own, of_file, "a checkpoint knows how it is judged");
    let training = eval(judged.path(), &["--set", "task.healthy_reward=0"]);
    let gap = own["mean"].as_f64().expect("a mean") - training["mean"].as_f64().expect("a mean");
    let alive = 5.0 * own["mean_length"].as_f64().expect("a length");
    assert!((gap - alive).abs() < 10.0, "{gap} against {alive}");

    let other = ["--set", "evaluation.task.healthy_reward=1", "--set", "generations=3"];
    refuse(&[&["run", "--resume", judged.path()][..], &other].concat(), 2, "evaluation.task.healthy_reward");
    succeed(&["run", "--resume", judged.path(), "--set", "generations=3"]);
}
