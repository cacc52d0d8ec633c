//! Runs whose rates, optimizer, population, caps and reward change while they train.

use std::path::Path;

use crate::support::program::{Run, refuse, succeed};
use gpu_ec::config;
use serde_json::Value;

const SMALL: [&str; 6] = [
    "curriculum=None",
    "network.neurons=32",
    "algorithm.population=24",
    "generations=6",
    "evaluation=(every: 1, episodes: 8)",
    "checkpoint=(every: 1, keep: 9)",
];

const PHASES: &str = "phases=[
    (name: \"loud\", until: (generations: 2), task: (healthy_reward: 0)),
    (name: \"quiet\", until: (generations: 2), optimizer: Sgd, learning_rate: (from: 8, to: 2, frames: 900, curve: Geometric),
     epsilon: (from: 0.01, to: 0.0003, frames: 900), population: 40, episode_cap: 30),
    (optimizer: Satr, learning_rate: 50, population: 16),
]";

fn run(folder: &Path, name: &str, sets: &[&str]) -> Run {
    let run = Run::in_folder(folder, name);
    let sets: Vec<&str> = SMALL.iter().chain(sets).flat_map(|set| ["--set", set]).collect();
    succeed(&[&["run", "hopper_fast", "--quiet", "--out", run.path()][..], &sets].concat());
    run
}

fn number(line: &Value, field: &str) -> f64 {
    line[field].as_f64().unwrap_or_else(|| panic!("{field} of {line}"))
}

/// Stopped after each generation, at the borders of phases among them, and resumed: the same bytes.
#[test]
fn phases_follow_each_other_and_survive_a_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = run(folder.path(), "whole", &[PHASES]);
    let lines = whole.metrics();
    let phases: Vec<_> = lines.iter().map(|line| line["phase"].as_u64()).collect();
    assert_eq!(phases, [0, 0, 1, 1, 2, 2].map(Some), "two generations each");
    for line in &lines[2..4] {
        assert!(number(line, "episode_length_mean") <= 30.0, "capped: {line}");
    }
    let frames: Vec<f64> = lines.iter().map(|line| number(line, "frames")).collect();
    let lived = |k: usize| frames[k] - frames[k - 1];
    let members = |k: usize| (lived(k) / number(&lines[k], "episode_length_mean")).round();
    assert_eq!([1, 2, 3, 4, 5].map(members), [24.0, 40.0, 40.0, 16.0, 16.0], "population");
    let alive = |k: usize| lines[k]["eval_terms"]["reward_survive"].as_f64().expect("a term");
    assert!((alive(1) - number(&lines[1], "eval_length_mean")).abs() < 2.0, "evaluations keep the task of the run");
    for generations in 1..6 {
        let set = format!("generations={generations}");
        let cut = run(folder.path(), &format!("cut{generations}"), &[PHASES, &set]);
        succeed(&["run", "--quiet", "--resume", cut.path(), "--set", "generations=6"]);
        let last = |run: &Run| run.checkpoint(6);
        assert!(last(&cut) == last(&whole), "stopped after generation {generations}");
    }
    let other = PHASES.replace("episode_cap: 30", "episode_cap: 31");
    refuse(&["run", "--resume", whole.path(), "--set", &other], 2, "phases[1].episode_cap");
    let replay = ["rollout", "--replay", whole.path(), "--generation", "3", "--member", "35"];
    let out = folder.path().join("member.npz");
    succeed(&[&replay[..], &["--out", out.to_str().expect("plain"), "--quiet"]].concat());
}

/// A phase that says what the configuration says anyway changes nothing but the line that names it.
#[test]
fn a_phase_of_the_same_is_no_phase() {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = run(folder.path(), "plain", &["generations=3"]);
    let same = "phases=[(until: (frames: 500)), (learning_rate: 0.1, epsilon: 0.001, optimizer: Adam, population: 24)]";
    let phased = run(folder.path(), "phased", &["generations=3", same]);
    let without = |run: &Run| -> Vec<Value> {
        let mut lines = run.metrics();
        lines.iter_mut().for_each(|line| {
            line.as_object_mut().expect("an object").remove("phase");
        });
        lines
    };
    assert_eq!(without(&plain), without(&phased), "the same numbers");
    assert!(phased.metrics().iter().any(|line| line["phase"] == 1), "the second phase began");
    let forgets = same.replace("learning_rate: 0.1", "learning_rate: 0.1, forget: true");
    let forgetful = run(folder.path(), "forgetful", &["generations=3", &forgets]);
    assert_ne!(without(&plain), without(&forgetful), "Adam's memory began anew");
}

/// A weight times 0 is a weight of 0; one that moves is another number in every generation, and survives a stop.
#[test]
fn terms_of_the_reward_pay_more_or_less() {
    let folder = tempfile::tempdir().expect("a folder");
    let phase = |fields: &str| format!("phases=[(until: (generations: 1)), ({fields})]");
    let learnt = |name: &str, fields: &str| {
        let run = run(folder.path(), name, &["generations=4", &phase(fields)]);
        let returns: Vec<f64> = run.metrics().iter().map(|line| number(line, "return_mean")).collect();
        (returns, run)
    };
    let (none, _) = learnt("none", "task: (healthy_reward: 0)");
    let (times, _) = learnt("times", "rewards: [(term: \"reward_survive\", times: 0)]");
    let (as_it_is, _) = learnt("as-it-is", "rewards: [(term: \"reward_survive\", times: 1)]");
    let near = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-4 * (1.0 + one.abs());
    assert!(none.iter().zip(&times).all(near), "the same steps, but for rounding: {none:?}, {times:?}");
    assert!(as_it_is[1] > none[1] + 5.0, "a bonus for each step: {as_it_is:?}, {none:?}");
    let moving = "rewards: [(term: \"reward_survive\", times: (from: 1, to: 0, frames: 900))]";
    let (returns, whole) = learnt("moving", moving);
    assert_eq!((returns[1], returns[1] > returns[3]), (as_it_is[1], true), "from the whole bonus to none: {returns:?}");
    let cut = run(folder.path(), "cut", &["generations=2", &phase(moving)]);
    succeed(&["run", "--quiet", "--resume", cut.path(), "--set", "generations=4"]);
    assert!(cut.checkpoint(4) == whole.checkpoint(4), "resumed to the same bytes");
    // a member that lives again is paid as it was
    let out = folder.path().join("member.npz");
    let replay = ["rollout", "--replay", whole.path(), "--generation", "2", "--member", "0", "--rows", "24", "--json"];
    let told = succeed(&[&replay[..], &["--out", out.to_str().expect("plain")]].concat());
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let off = number(&told, "mean_return") - returns[2];
    assert!(off.abs() < 1e-3, "all members of generation 2: off by {off}");
}

/// A phase ends as soon as the population, or an evaluation, is good enough.
#[test]
fn returns_end_phases() {
    let folder = tempfile::tempdir().expect("a folder");
    for condition in ["return_mean: 0.5", "eval_return: 0.5"] {
        let phases = format!("phases=[(until: ({condition})), (learning_rate: 0.05)]");
        let run = run(folder.path(), &condition[..4], &["generations=4", "evaluation.every=2", &phases]);
        let first = run.metrics().iter().position(|line| line["phase"] == 1);
        assert_eq!(first, Some(if condition.starts_with("eval") { 2 } else { 1 }), "{condition}");
    }
}

#[test]
fn phases_that_make_no_sense_are_refused() {
    for (phases, part) in [
        ("[(learning_rate: 1), ()]", "a phase that is not the last never ends"),
        ("[(until: (frames: 5))]", "the last phase has an end"),
        ("[(sigma: 0.1)]", "only Es has a `sigma`"),
        ("[(epsilon: 0.6)]", "`phases[0].epsilon`"),
        ("[(epsilon: (from: 0.1, to: 0.6, frames: 9))]", "`phases[0].epsilon.to`"),
        ("[(learning_rate: (from: 0.1, frames: 9))]", "`phases[0].learning_rate.to` is missing"),
        ("[(task: (healthy_rewards: 1))]", "did you mean `healthy_reward`?"),
        ("[(task: (exclude_current_positions_from_observation: false))]", "the network always sees the same"),
        ("[(harness: (from: 1, to: 0, frames: 9, curve: Geometric))]", "the task has no `harness`"),
        ("[(sigma: 1, learning_rate: (from: 1, to: 2, frames: 9, curve: Geometric))]", "only Es has a `sigma`"),
        ("[(rewards: [(term: \"reward_surviv\", times: 1)])]", "did you mean `reward_survive`?"),
        ("[(rewards: [(term: \"x_velocity\", times: 1)])]", "the task has reward_forward, reward_survive, reward_ctrl"),
        (
            "[(rewards: [(term: \"reward_ctrl\", times: (from: 1, to: 0, frames: 9, curve: Geometric))])]",
            "no equal ratios lead to 0",
        ),
        ("[(rewards: [(term: \"reward_ctrl\", times: -1)])]", "`phases[0].rewards[0].times`"),
        ("[(episode_cap: 5)]", "`curriculum` caps episodes already"),
    ] {
        refuse(&["run", "hopper_fast", "--set", &format!("phases={phases}")], 2, part);
    }
    let more =
        "phases=[(task: (reward: [Forward(), Healthy(), ControlCost(), EnergyCost(), TiltCost(), HeightCost()]))]";
    refuse(&["run", "assets/examples/hound.ron", "--set", more], 2, "phases[0].task: its reward keeps other sums");
}

/// A run that begins from a checkpoint may keep the memory of its optimizer, and its frames.
#[test]
fn what_is_kept_of_a_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = run(folder.path(), "first", &["generations=3"]);
    let from = first.0.join("checkpoints/gen-000003.safetensors");
    let next = |name: &str, more: &[&str]| {
        let run = Run::in_folder(folder.path(), name);
        let sets: Vec<&str> = SMALL.iter().chain(&["generations=1"]).flat_map(|set| ["--set", set]).collect();
        let begin = ["run", "hopper_fast", "--quiet", "--out", run.path(), "--from", from.to_str().expect("plain")];
        succeed(&[&begin[..], &sets, more].concat());
        run.metrics().remove(0)
    };
    let (plain, kept) = (next("plain", &[]), next("kept", &["--keep", "optimizer", "--keep", "frames"]));
    let before = number(&first.metrics()[2], "frames");
    assert_eq!(number(&kept, "frames"), before + number(&plain, "frames"), "the same members, counted on");
    assert_eq!(kept["return_mean"], plain["return_mean"], "the same members");
    assert_ne!(kept["update_norm"], plain["update_norm"], "another step");
    refuse(&["run", "hopper_fast", "--keep", "frames"], 2, "--from");
}

#[test]
fn the_examples_of_the_document_load() {
    let text = std::fs::read_to_string("docs/phases.md").expect("readable");
    let blocks: Vec<&str> = text.split("```ron").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 3, "evaluation, phases, harness");
    for block in blocks {
        let task = if block.contains("task: Humanoid(") { "" } else { "task: Humanoid()," };
        let source =
            config::Source::new("docs/phases.md", &format!("({task} network: Rsnn(), algorithm: Ec(), {block})"));
        let config = config::load(source, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(!config.phases.is_empty() || config.evaluation.task.is_some(), "{block}");
    }
}
