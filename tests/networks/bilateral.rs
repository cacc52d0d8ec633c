//! Runs of networks with two hemispheres, and runs in a harness.

use std::path::Path;

use crate::support::program::{Run, refuse, succeed};
use gpu_ec::{config, plan::Plan, run::checkpoint::Checkpoint};

const SMALL: [&str; 7] = [
    "task.include_cfrc_ext_in_observation=false",
    "network=Rsnn(neurons: 64, bilateral: true)",
    "algorithm.population=16",
    "generations=4",
    "curriculum=None",
    "evaluation=(every: 2, episodes: 4)",
    "checkpoint=(every: 1, keep: 9)",
];

/// A harness that lets go within the run, and then one that is gone.
const HELD: [&str; 2] = [
    "task.harness=(lift: 0.5, upright: 20, damping: 2, turn_damping: 1)",
    "phases=[(until: (generations: 2), episode_cap: 40, harness: (from: 1, to: 0.2, frames: 900)), (episode_cap: 40, harness: 0)]",
];

fn run(folder: &Path, name: &str, sets: &[&str]) -> Run {
    let run = Run::in_folder(folder, name);
    let sets: Vec<&str> = SMALL.iter().chain(sets).flat_map(|set| ["--set", set]).collect();
    succeed(&[&["run", "ant_fast", "--quiet", "--out", run.path()][..], &sets].concat());
    run
}

/// Stopped and resumed, replayed, evaluated; half the connections; statistics and header that are the mirror's.
#[test]
fn hemispheres_in_a_harness_run_and_resume_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = run(folder.path(), "whole", &HELD);
    for generations in 1..4 {
        let set = format!("generations={generations}");
        let cut = run(folder.path(), &format!("cut{generations}"), &[HELD[0], HELD[1], &set]);
        succeed(&["run", "--quiet", "--resume", cut.path(), "--set", "generations=4"]);
        assert!(cut.checkpoint(4) == whole.checkpoint(4), "stopped after generation {generations}");
    }
    let weaker = [HELD[0].replace("upright: 20", "upright: 10"), HELD[1].into()];
    let other = run(folder.path(), "weaker", &[&weaker[0], &weaker[1], "generations=1"]);
    assert_ne!(other.metrics()[0]["return_mean"], whole.metrics()[0]["return_mean"], "the harness acts");
    for line in whole.metrics().iter().filter(|line| !line["eval_return"].is_null()) {
        assert!(line["eval_return"].is_f64(), "evaluations without it: {line}");
    }
    let replay = ["rollout", "--replay", whole.path(), "--generation", "1", "--member", "3", "--quiet", "--out"];
    let out = folder.path().join("member.npz");
    succeed(&[&replay[..], &[out.to_str().expect("plain")]].concat());

    let path = whole.0.join("checkpoints/gen-000004.safetensors");
    let loaded = config::load(config::read(&whole.0.join("config.ron")).expect("kept"), &[]).expect("valid");
    let plan = Plan::new(&loaded, Default::default()).expect("planned");
    let (observation, n) = (plan.task.d_obs(), 32);
    assert_eq!(plan.n_params(), (2 * observation + n + n + 8) * n, "connections of one hemisphere");
    let state = Checkpoint::read(&path).and_then(|read| read.learnt(&loaded, &plan)).expect("reads");
    let mirror = plan.mirror.as_ref().expect("a mirror");
    for (i, (of, negated)) in mirror.observation.of.iter().zip(&mirror.observation.negated).enumerate() {
        let sign = if *negated { -1.0 } else { 1.0 };
        assert_eq!(state.normaliser.mean[i], sign * state.normaliser.mean[*of], "mean of observation {i}");
        assert_eq!(state.normaliser.m2[i], state.normaliser.m2[*of], "spread of observation {i}");
    }
    let text = std::fs::read(&path).expect("readable");
    assert!(String::from_utf8_lossy(&text).contains("mirror.observation"), "other programs can read the mirror");
    let evaluates = config::Settable { what: "a test", evaluates: true, fields: &[], instead: &[] };
    let judged =
        config::load_for(&evaluates, config::read(&whole.0.join("config.ron")).expect("kept"), &[]).expect("valid");
    assert!(loaded.task.harness().is_some() && judged.task.harness().is_none(), "what is judged has no harness");
    succeed(&["eval", path.to_str().expect("plain"), "--episodes", "2", "--json"]);
    refuse(&["eval", whole.path(), "--set", "task.harness=()"], 2, "evaluations have none");
    succeed(&["plot", whole.path(), "--quiet"]);
    succeed(&["spikes", whole.path(), "--quiet", "--out", folder.path().join("spikes").to_str().expect("plain")]);
}

/// Networks of two hemispheres but `Rsnn`, who evolves them, and what one of `n` neurons or units a hemisphere has of
/// parameters for `i` observations and `o` actions.
type Other = (&'static str, &'static str, fn(usize, usize, usize) -> usize);
const OTHERS: [Other; 6] = [
    ("RsnnF32(neurons: 64, sim_time_ms: 4, bilateral: true)", "Es(population: 16)", |n, i, o| (i + 2 * n + o) * n),
    ("Gru(units: 64, weights: OneBit, bilateral: true)", "Ec(population: 16)", |n, i, o| (3 * (2 * i + 2 * n) + o) * n),
    ("Gru(units: 64, bilateral: true)", "Es(population: 16, rank: 2)", |n, i, o| (3 * (i + 2 * n) + 4 + o) * n + o),
    ("Lstm(units: 64, bilateral: true)", "Es(population: 16)", |n, i, o| (4 * (i + 2 * n + 1) + o) * n + o),
    ("Rnn(units: 64, weights: OneBit, bilateral: true)", "Es(population: 16)", |n, i, o| (2 * i + 2 * n + o) * n),
    ("Mlp(units: 64, bilateral: true)", "Es(population: 16)", |n, i, o| (i + 1 + o) * n + o),
];

/// Each trains, goes on to the same bytes where it was cut, and is judged.
#[test]
fn hemispheres_of_every_network_run_and_resume_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    for (at, (network, algorithm, parameters)) in OTHERS.into_iter().enumerate() {
        let (set_network, set_algorithm) = (format!("network={network}"), format!("algorithm={algorithm}"));
        let sets = [
            &set_network,
            &set_algorithm,
            "phases=[(episode_cap: 30)]",
            "evaluation=(every: 1, episodes: 2)",
            "generations=2",
        ];
        let whole = run(folder.path(), &format!("whole{at}"), &sets);
        let cut = run(folder.path(), &format!("cut{at}"), &[&sets[..4], &["generations=1"]].concat());
        succeed(&["run", "--quiet", "--resume", cut.path(), "--set", "generations=2"]);
        assert!(cut.checkpoint(2) == whole.checkpoint(2), "{network}: stopped after a generation");
        let path = whole.0.join("checkpoints/gen-000002.safetensors");
        let loaded = config::load(config::read(&whole.0.join("config.ron")).expect("kept"), &[]).expect("valid");
        let plan = Plan::new(&loaded, Default::default()).expect("planned");
        let (observations, actions) = (plan.task.d_obs(), plan.io.d_act);
        assert_eq!(plan.n_params(), parameters(32, observations, actions), "{network}: parameters of one hemisphere");
        let state = Checkpoint::read(&path).and_then(|read| read.learnt(&loaded, &plan)).expect("reads");
        let mut reflected = state.normaliser.clone();
        reflected.reflect(&plan.mirror.as_ref().expect("a mirror").observation);
        assert!(reflected.mean == state.normaliser.mean, "{network}: statistics that are their own image");
        succeed(&["eval", path.to_str().expect("plain"), "--episodes", "1", "--json"]);
        let inspected = succeed(&["inspect", whole.0.join("config.ron").to_str().expect("plain")]);
        if network.starts_with("RsnnF32") {
            let out = folder.path().join("spikes");
            succeed(&["spikes", whole.path(), "--quiet", "--out", out.to_str().expect("plain")]);
        }
        let across = !network.starts_with("Mlp");
        assert_eq!(inspected.contains("commissural"), across, "{network}: inspected");
        assert!(inspected.contains("mirror (in the plane y = 0)"), "{network}: inspected");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let networks = ["RsnnF32(neurons: N)", "Gru(units: N)", "Lstm(units: N)", "Rnn(units: N)", "Mlp(units: N)"];
    for network in networks {
        let of = |size: &str| format!("network={}", network.replace("N)", &format!("{size}, bilateral: true)")));
        let sets = |size: &str| ["--set".into(), of(size), "--set".into(), "algorithm=Es()".into()];
        let refuse_at = |preset: &str, size: &str, part: &str| {
            let sets = sets(size);
            let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
            refuse(&[&["run", preset, "--quiet"][..], &sets].concat(), 2, part);
        };
        refuse_at("hopper_fast", "64", "network.bilateral");
        refuse_at("ant_fast", "96", "take a multiple of 64");
    }
    for (preset, set, part) in [
        ("hopper_fast", "network.bilateral=true", "network.bilateral"),
        ("ant_fast", "network=Rsnn(neurons: 96, bilateral: true)", "take a multiple of 64"),
        ("ant_fast", "phases=[(harness: 0.5)]", "the task has no `harness`"),
        ("ant_fast", "evaluation.task=(harness: ())", "would help in evaluations"),
        ("hopper_fast", "task.harness=()", "unknown field `harness`"),
    ] {
        refuse(&["run", preset, "--quiet", "--set", set], 2, part);
    }
}
