//! What policies learn, and that without a step size they do not; runs that go on; what other commands make of them.

use std::path::Path;

use crate::support::program::{Run, output, refuse, succeed};

fn train(folder: &Path, name: &str, preset: &str, sets: &[&str]) -> Run {
    let run = Run::in_folder(folder, name);
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", *set]).collect();
    succeed(&[&["run", preset, "--quiet", "--out", run.path()], &sets[..]].concat());
    run
}

/// Returns the best evaluation of a short run.
fn best(preset: &str, sets: &[&str]) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = train(folder.path(), "run", preset, sets).metrics();
    lines.iter().filter_map(|line| line["eval_return"].as_f64()).fold(f64::NEG_INFINITY, f64::max)
}

/// Published programs solve it within 0.1 M frames (RL Zoo); a prototype in JAX within 20,000.
#[test]
fn a_cartpole_is_balanced() {
    let sets = ["stop.frames=30000", "evaluation=(every: 5, episodes: 16)"];
    assert!(best("cartpole_ppo", &sets) > 475.0, "it learns");
    let still = [&sets[..], &["algorithm.learning_rate=0"]].concat();
    assert!(best("cartpole_ppo", &still) < 200.0, "without steps it does not");
}

/// A few iterations of each kind of network, whose episodes go on from one iteration to the next.
const SHORT: [&str; 4] = [
    "generations=4",
    "checkpoint.every=1",
    "evaluation=(every: 2, episodes: 4)",
    "algorithm=Ppo(environments: 8, horizon: 32, minibatches: 2, learning_rate: 0.003)",
];

#[test]
fn a_resumed_run_ends_in_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, network) in [
        ("mlp", "Mlp(units: 32)"),
        ("lstm", "Lstm(units: 32)"),
        ("spiking", "RsnnF32(neurons: 64)"),
        ("bits", "Rsnn(neurons: 64)"),
    ] {
        let network = format!("network={network}");
        let sets = |more: &[&'static str]| -> Vec<String> {
            SHORT.iter().chain(more).map(|set| (*set).to_string()).chain([network.clone()]).collect()
        };
        let run = |name: &str, more: &[&'static str]| {
            let sets = sets(more);
            train(folder.path(), name, "cartpole_ppo", &sets.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let whole = run(name, &[]);
        let halved = run(&format!("{name}_halved"), &["generations=2"]);
        succeed(&["run", "--resume", halved.path(), "--quiet", "--set", "generations=4"]);
        whole.assert_same(&halved, name);
    }
}

/// A run that begins with another's policy has a checkpoint before its first iteration.
#[test]
fn a_run_resumes_from_before_its_first_iteration() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = train(folder.path(), "run", "cartpole_ppo", &SHORT);
    let newest = run.0.join("checkpoints").join("gen-000004.safetensors");
    let newest = newest.to_str().expect("a plain path");
    let other = Run::in_folder(folder.path(), "other");
    let from = ["run", "cartpole_ppo", "--quiet", "--from", newest, "--keep", "frames", "--out", other.path()];
    let sets: Vec<&str> = SHORT.iter().flat_map(|set| ["--set", *set]).collect();
    // its frames are reached before it begins
    succeed(&[&from[..], &sets[..], &["--set", "stop.frames=1"]].concat());
    succeed(&["run", "--resume", other.path(), "--quiet", "--set", "generations=2", "--set", "stop.frames=None"]);
    assert_eq!(other.metrics().len(), 2, "both iterations have a line");
}

#[test]
fn other_commands_take_its_checkpoints() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = train(folder.path(), "run", "cartpole_ppo", &SHORT);
    let judged = succeed(&["eval", run.path(), "--episodes", "8", "--json"]);
    assert!(judged.contains("\"mean\""), "{judged}");
    let motion = folder.path().join("motion.npz");
    let motion = motion.to_str().expect("a plain path");
    succeed(&["rollout", "--policy", run.path(), "--rows", "2", "--steps", "5", "--out", motion]);
    succeed(&["plot", run.path()]);
    let other = Run::in_folder(folder.path(), "other");
    let newest = run.0.join("checkpoints").join("gen-000004.safetensors");
    let from = newest.to_str().expect("a plain path");
    let sets: Vec<&str> = SHORT.iter().flat_map(|set| ["--set", *set]).collect();
    succeed(&[&["run", "cartpole_ppo", "--quiet", "--from", from, "--out", other.path()], &sets[..]].concat());
}

/// The surrogate that the paper's text prefers: with weights from N(0, 1), adjoints grow by 1.07 per substep.
#[test]
fn gradients_that_explode_are_reported_and_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let surrogate = "surrogate_height: 0.8, surrogate_slope: 2";
    let algorithm = format!("algorithm=Ppo(environments: 8, horizon: 32, minibatches: 2, epochs: 1, {surrogate})");
    let sets = ["--set", "network=RsnnF32()", "--set", "generations=1", "--set", &algorithm];
    let said = output(&[&["run", "cartpole_ppo", "--out", run.path()], &sets[..]].concat());
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("2 gradients exploded and were not followed"), "{said}");
    let line = &run.metrics()[0];
    assert_eq!(line["descent"]["skipped"], 2, "{line}");
    assert!(line["descent"]["first_policy_norm"].as_f64() > Some(1e6), "{line}");
    assert_eq!(line["update_norm"], 0.0, "nothing is learnt: {line}");
}

/// An epoch that went too far is the last one of its iteration.
#[test]
fn a_target_ends_the_epochs() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |name: &str, more: &str| {
        let sets = SHORT.iter().copied().chain([more]).collect::<Vec<_>>();
        train(folder.path(), name, "cartpole_ppo", &sets).metrics()
    };
    let whole = run("whole", "algorithm.epochs=3");
    let with = |target: &str| format!("{}, epochs: 3, target_kl: {target})", SHORT[3].trim_end_matches(')'));
    let (loose, tight) = (run("loose", &with("1000")), run("tight", &with("1e-12")));
    assert_eq!(whole, loose, "a target that is never reached");
    assert_eq!(run("short", "algorithm.epochs=1"), tight, "a target that every epoch exceeds");
    assert_ne!(whole, tight, "the epochs that are left out count");
}

#[test]
fn bench_tells_what_the_passes_take() {
    let bench = ["bench", "cartpole_ppo", "--set", "network=RsnnF32(neurons: 64)", "--seconds", "0.1"];
    let text = succeed(&[&bench[..], &["--json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let passes = report["passes"].as_array().expect("passes");
    let shares: f64 = passes.iter().filter_map(|pass| pass["share"].as_f64()).sum();
    assert!((shares - 1.0).abs() < 1e-9, "shares of all passes: {shares}");
    for name in
        ["network.step", "task.step", "ppo.forward", "ppo.backward", "ppo.trains", "ppo.value_learn", "ppo.adam"]
    {
        let pass = passes.iter().find(|pass| pass["name"] == name).unwrap_or_else(|| panic!("no {name}: {text}"));
        assert!(pass["seconds"].as_f64() > Some(0.0) && pass["operations"]["f32"].as_f64() > Some(0.0), "{pass}");
    }
    refuse(&[&bench[..], &["--part", "physics"]].concat(), 2, "whole generations");
}

#[test]
fn impossible_policies_are_refused() {
    let refused = |set: &str, part: &str| refuse(&["run", "cartpole_ppo", "--set", set], 2, part);
    refused("network=TickNet()", "gradients with respect to all parameters");
    refused("network=Gru(weights: OneBit)", "gradients with respect to all parameters");
    refused("algorithm.bptt=7", "whole number of sequences");
    refused("algorithm.minibatches=7", "same number of sequences");
    refuse(
        &["run", "cartpole_ppo", "--set", "algorithm=Ppo(anneal: true)", "--set", "stop.frames=None"],
        2,
        "stop.frames",
    );
}
