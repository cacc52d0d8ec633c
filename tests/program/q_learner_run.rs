//! Runs of learners of action values, through the program: what they learn, that without a step size they do not,
//! resumption to the same bytes, the page, evaluations.

use std::{fs, path::Path};

use crate::support::program::{refused, succeed};

/// Results of a run by learner: frames of each episode, and the largest mean of greedy ones after any.
struct Learners {
    path: String,
    models: Vec<String>,
    frames: Vec<Vec<f64>>,
    greedy: Vec<f64>,
}

fn json(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).expect("written");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn run(folder: &Path, name: &str, preset: &str, sets: &[&str]) -> Learners {
    let out = folder.join(name);
    let path = out.display().to_string();
    let sets = sets.iter().flat_map(|set| ["--set", *set]);
    succeed(&["run", preset, "--quiet", "--out", &path].into_iter().chain(sets).collect::<Vec<_>>());
    let entries = json(&out.join("learners.json")).remove(0);
    let entries = entries.as_array().expect("a list");
    let models = entries.iter().map(|entry| entry["model"].as_str().unwrap_or("none").to_string());
    let lines = json(&out.join("learners.jsonl"));
    let of = |at: usize| lines.iter().map(|line| line["frames"][at].as_f64().expect("a number")).collect();
    let greedy = |at: usize| lines.iter().filter_map(|line| line["greedy"][at].as_f64()).fold(0.0, f64::max);
    Learners {
        path,
        models: models.collect(),
        frames: (0..entries.len()).map(of).collect(),
        greedy: (0..entries.len()).map(greedy).collect(),
    }
}

impl Learners {
    /// Returns the frames of the longest episode of each learner of `model`.
    fn longest(&self, model: &str) -> Vec<f64> {
        let own = self.models.iter().zip(&self.frames).filter(|(name, _)| *name == model);
        own.map(|(_, frames)| frames.iter().copied().fold(0.0, f64::max)).collect()
    }

    fn median(&self, model: &str) -> f64 {
        let mut longest = self.longest(model);
        longest.sort_by(f64::total_cmp);
        longest[longest.len() / 2]
    }
}

/// Zheng et al. (2026) tell of more than 100 frames with 64 neurons; SpikingJelly's settings reached them in three of
/// four runs of a peer.
#[test]
fn spiking_networks_learn_by_deep_q_learning() {
    let folder = tempfile::tempdir().expect("a folder");
    let wide = ["algorithm.widths=[64]", "evaluation.every=200"];
    let passed = |run: &Learners| run.longest("none").iter().filter(|frames| **frames >= 100.0).count();
    let learnt = passed(&run(folder.path(), "learnt", "dqsn_cartpole", &wide));
    assert!(learnt >= 4, "half of the seeds pass 100 frames: {learnt} do");
    let still = [&wide[..], &["algorithm.learning_rate=0"]].concat();
    let still = passed(&run(folder.path(), "still", "dqsn_cartpole", &still));
    assert!(still < 4, "without steps they do not: {still} do");
}

/// A peer came to means of 335 to 620 with these settings, by the best network of a run.
#[test]
fn a_moving_target_balances_longer() {
    let folder = tempfile::tempdir().expect("a folder");
    let short = ["algorithm.seeds=4", "stop.frames=52000", "evaluation.every=20"];
    let greedy = run(folder.path(), "learnt", "dqsn_tuned", &short).greedy;
    assert!(greedy.iter().filter(|mean| **mean >= 250.0).count() >= 2, "half of the seeds: {greedy:?}");
    let still = [&short[..], &["algorithm.learning_rate=0"]].concat();
    let still = run(folder.path(), "still", "dqsn_tuned", &still).greedy;
    assert!(still.iter().filter(|mean| **mean >= 250.0).count() < 2, "without steps they do not: {still:?}");
}

/// The best of 200 episodes passes the 62 frames of the paper's best cell, and so does that of the control: nothing is
/// claimed of the models. Where hidden neurons leak, a current below 1 never makes them fire.
#[test]
fn agents_at_synapses_reach_what_chance_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let narrow = ["algorithm.widths=[8]", "evaluation.every=200"];
    let agents = run(folder.path(), "if", "synapse_agents", &narrow);
    let control = agents.median("Random");
    for model in ["M1", "M2", "M3", "M4", "M5"] {
        let longest = agents.longest(model).into_iter().fold(0.0, f64::max);
        assert!(longest >= 62.0, "{model}: a seed passes 62 frames, not {longest}");
        let median = agents.median(model);
        assert!(median < 3.0 * control && control < 3.0 * median, "{model}: {median} beside {control} by chance");
    }
    let leaky = [&narrow[..], &["network.hidden=Lif", "algorithm.seeds=8"]].concat();
    let leaky = run(folder.path(), "lif", "synapse_agents", &leaky);
    assert!(leaky.median("M5") < 20.0 && leaky.median("Random") < 20.0, "leaky neurons hardly fire");
}

const SHORT: [(&str, &[&str]); 2] = [
    ("dqsn_cartpole", &["algorithm.seeds=2", "algorithm.widths=[8, 64]", "algorithm.replay=400"]),
    ("synapse_agents", &["algorithm.seeds=2", "algorithm.widths=[4, 8]", "algorithm.replay=300"]),
];

#[test]
fn a_resumed_run_leaves_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    for (preset, sets) in SHORT {
        let with = |more: &[&'static str]| [sets, &["evaluation.every=7", "checkpoint.keep=9"], more].concat();
        let whole = run(folder.path(), &format!("{preset}_whole"), preset, &with(&["generations=28"]));
        let cut = run(folder.path(), &format!("{preset}_cut"), preset, &with(&["generations=14"]));
        succeed(&["run", "--resume", &cut.path, "--set", "generations=28", "--quiet"]);
        for file in ["learners.json", "learners.jsonl", "checkpoints/gen-000028.safetensors"] {
            let [a, b] = [&whole, &cut].map(|run| fs::read(Path::new(&run.path).join(file)).expect("written"));
            assert!(a == b, "{preset}: {file} differs");
        }
    }
}

/// Learners with equal seeds live the same lives, however many there are.
#[test]
fn learners_do_not_depend_on_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    for (preset, sets) in SHORT {
        let with = |more: &[&'static str]| [sets, &["generations=16"], more].concat();
        let many = run(folder.path(), &format!("{preset}_many"), preset, &with(&["algorithm.seeds=5"]));
        let few = run(folder.path(), &format!("{preset}_few"), preset, &with(&["algorithm.seeds=1"]));
        for (at, frames) in few.frames.iter().enumerate() {
            assert_eq!(*frames, many.frames[5 * at], "{preset}: learner {at} of few");
        }
        let other = run(folder.path(), &format!("{preset}_other"), preset, &with(&["seed=1"]));
        assert_ne!(other.frames, few.frames, "{preset}: another seed gives other lives");
    }
}

#[test]
fn pages_and_evaluations_tell_of_all_learners() {
    let folder = tempfile::tempdir().expect("a folder");
    for ((preset, sets), parts) in SHORT.into_iter().zip([
        ["4 learners, 6 episodes each", "| untrained |", "learners.svg"],
        ["28 networks, 6 iterations each", "[22]", "learners-M5.svg"],
    ]) {
        let run = run(folder.path(), preset, preset, &[sets, &["generations=6", "checkpoint.every=6"]].concat());
        succeed(&["plot", &run.path]);
        let page = fs::read_to_string(Path::new(&run.path).join("plots/learners.md")).expect("a page");
        for part in parts {
            assert!(page.replace('\\', "").contains(part), "{part}: {page}");
        }
        let table = succeed(&["eval", &run.path, "--episodes", "3"]);
        assert!(table.contains("untrained"), "{table}");
        let sets = sets.iter().flat_map(|set| ["--set", *set]);
        let bench =
            succeed(&["bench", preset, "--seconds", "0.1", "--json"].into_iter().chain(sets).collect::<Vec<_>>());
        let bench: serde_json::Value = serde_json::from_str(&bench).expect("JSON");
        assert!(bench["frames"].as_u64().is_some_and(|frames| frames > 0), "whole generations are timed: {bench}");
        refused(&["rollout", "--policy", &run.path, "--out", "o.npz"], 2, &["independent learners"]);
    }
    let networks: &[&str] = &["run", "dqsn_cartpole", "--set", "network=Mlp()"];
    refused(networks, 2, &["TickNet alone"]);
    refused(&["run", "dqsn_cartpole", "--set", "algorithm.widths=[8, 8]"], 2, &["name each once"]);
    refused(&["run", "synapse_agents", "--set", "task=Hopper()"], 2, &["CartPole alone"]);
}
