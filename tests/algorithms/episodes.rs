//! Several episodes per member: fitness is the mean of their returns, and the parameters stand once, wherever the
//! episodes live.

use std::path::Path;

use crate::support::npz::Npz;
use crate::support::program::{Run, refused, succeed};
use gpu_ec::{
    config::{self, Config},
    gpu::{Gpu, Selector},
    kernel::{buffers::BufferId, device::DeviceTraits, records::EpisodeRecord},
    plan::Plan,
    run::evolution::{
        engine::Engine, generation::live, progress::GenerationProgress, state::TrainState, train::training_job,
    },
};

/// Learners of all kinds of parameters.
const LEARNERS: [(&str, &str, &str); 4] = [
    ("ec", "Ec(population: 30", "Rsnn(neurons: 64)"),
    ("bits", "Es(population: 30, sigma: 0.3", "Rsnn(neurons: 64)"),
    ("floats", "Es(population: 30", "Lstm(units: 32)"),
    ("factors", "Es(population: 30, rank: 2", "RsnnF32(neurons: 64)"),
];

fn poles(sets: &[&str]) -> Config {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    config::load(config::find("cartpole").expect("a preset"), &sets).expect("valid")
}

/// The lives of the first generation.
fn lives(gpu: &Gpu, (algorithm, network): (&str, &str), more: &str, slab: usize) -> Vec<EpisodeRecord> {
    let sets = [format!("algorithm={algorithm}, {more})"), format!("network={network}"), format!("device.slab={slab}")];
    let config = poles(&sets.each_ref().map(String::as_str));
    let mut engine = Engine::new(gpu, &config).expect("compiles");
    let state = TrainState::new(&config, &engine.plan);
    let mut open = GenerationProgress::default();
    let job = training_job(&config, &state, engine.plan.task.as_ref());
    assert!(live(&mut engine, &state, &mut open, &job, &|| true, &mut |_| ()).expect("runs"), "nobody stops it");
    open.episodes
}

/// What became of a life, whichever it was.
fn fate(record: &EpisodeRecord) -> (u32, u32, u32, u32) {
    (record.return_sum.to_bits(), record.length, record.status, record.spikes)
}

/// With common starts, episode 0 of every member is the only one that it has in a generation of single episodes; the
/// others differ, and none depends on the slots.
#[test]
fn a_member_is_the_same_in_all_its_episodes() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    for (name, algorithm, network) in LEARNERS {
        let lives = |more: &str, slab| lives(&gpu, (algorithm, network), more, slab);
        let single = lives("common_starts: true", 30);
        let several = lives("episodes: 4, common_starts: true", 120);
        assert_eq!((single.len(), several.len()), (30, 120), "{name}: lives");
        let fates = |records: &[EpisodeRecord], step| -> Vec<_> { records.iter().step_by(step).map(fate).collect() };
        assert_eq!(fates(&several, 4), fates(&single, 1), "{name}: first episodes");
        assert_ne!(fates(&several[1..], 4), fates(&single, 1), "{name}: second episodes begin elsewhere");
        for slab in [1, 7, 50] {
            let other = lives("episodes: 4, common_starts: true", slab);
            assert_eq!(fates(&other, 1), fates(&several, 1), "{name}: {slab} slots");
        }
        let fresh = lives("episodes: 4", 50);
        assert_ne!(fates(&fresh, 4), fates(&single, 1), "{name}: fresh starts are each member's own");
    }
}

fn run(folder: &Path, name: &str, sets: &[&str]) -> Run {
    let run = Run::in_folder(folder, name);
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    succeed(&run.arguments(&sets));
    run
}

/// Runs of any number of slots and with any stop between leave the same bytes; frames count all episodes.
#[test]
fn a_run_depends_on_neither_slots_nor_interruptions() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, algorithm, network) in LEARNERS {
        let learner = [format!("algorithm={algorithm}, episodes: 3)"), format!("network={network}")];
        let more = ["normaliser.members=11", "evaluation=(every: 2, episodes: 40)"];
        let sets: Vec<&str> = learner.iter().map(String::as_str).chain(more).collect();
        let run = |own: &str, more: &[&str]| run(folder.path(), &format!("{name}-{own}"), &[&sets[..], more].concat());
        let whole = run("whole", &[]);
        let mut before = 0.0;
        for line in whole.metrics() {
            let number = |field: &str| line[field].as_f64().expect("a number");
            let lived = number("frames") - before;
            assert!((lived - 90.0 * number("episode_length_mean")).abs() < 1e-6 * lived, "{name}: {line}");
            assert!(
                (lived / 90.0 - number("return_mean")).abs() < 1e-4 * lived,
                "{name}: a step's reward is 1: {line}"
            );
            before = number("frames");
        }
        run("slots", &["device.slab=7"]).assert_same(&whole, "7 slots");
        let cut = run("cut", &["generations=2"]);
        succeed(&["run", "--quiet", "--resume", cut.path(), "--set", "generations=4"]);
        cut.assert_same(&whole, "resumed");
        let common = run("common", &["algorithm.common_starts=true"]);
        assert!(common.difference(&whole).is_some(), "{name}: common starts must be told apart");
        let text = String::from_utf8_lossy(&whole.checkpoint(4)).into_owned();
        assert!(text.contains("episodes: 3") && !text.contains("common_starts"), "{name}: what is not the default");
    }
}

/// An episode of a member lives again by itself, as long as in training.
#[test]
fn an_episode_can_be_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("motion.npz");
    for (name, common) in [("fresh", "false"), ("common", "true")] {
        let common = format!("algorithm.common_starts={common}");
        let sets =
            ["algorithm.population=8", "algorithm.episodes=3", &common, "generations=2", "task.episode_length=60"];
        let run = run(folder.path(), name, &sets);
        let lengths = |episode: usize| -> Vec<usize> {
            let episode = episode.to_string();
            let which =
                ["--replay", run.path(), "--generation", "1", "--member", "0", "--rows", "8", "--episode", &episode];
            let out = ["--quiet", "--out", out.to_str().expect("plain")];
            succeed(&[&["rollout"][..], &which, &out].concat());
            let ended = Npz::open(folder.path().join("motion.npz")).rows("terminated");
            (0..8).map(|row| ended.iter().position(|step| step[row] > 0.0).map_or(60, |step| step + 1)).collect()
        };
        let all = [0, 1, 2].map(lengths);
        let lived: usize = all.iter().flatten().sum();
        let frames: Vec<f64> = run.metrics().iter().map(|line| line["frames"].as_f64().expect("a number")).collect();
        assert_eq!(lived as f64, frames[1] - frames[0], "{name}: the generation's frames: {all:?}");
        assert!(all[0] != all[1] && all[1] != all[2], "{name}: episodes differ: {all:?}");
        let missing = ["rollout", "--replay", run.path(), "--generation", "1", "--member", "0", "--episode", "3"];
        let out = ["--out", out.to_str().expect("plain")];
        refused(&[&missing[..], &out].concat(), 2, &["no episode 3", "are 0 to 2"]);
    }
}

#[test]
fn parameters_stand_once() {
    let bytes = |population: usize, episodes: usize, slab: &str| {
        let sets = [
            format!("algorithm.population={population}"),
            format!("algorithm.episodes={episodes}"),
            format!("device.slab={slab}"),
        ];
        let plan = Plan::new(&poles(&sets.each_ref().map(String::as_str)), DeviceTraits::default()).expect("plans");
        let theta = plan.buffers.iter().find(|buffer| buffer.id == BufferId::Theta).expect("there").bytes;
        (theta, plan.n_slots)
    };
    for (population, slab) in [(200, "Auto"), (200, "64"), (10_240, "Auto")] {
        let single = bytes(population, 1, slab);
        for episodes in [2, 8, 32] {
            let several = bytes(population, episodes, slab);
            assert_eq!(several.0, single.0, "{population} members, {episodes} episodes, {slab} slots");
            assert!(several.1 >= single.1, "as many slots at least");
        }
    }
    assert_eq!(bytes(200, 8, "Auto").1, 512, "episodes fill the device where members do not");
    let text = succeed(&["inspect", "cartpole", "--set", "algorithm.episodes=8"]);
    for part in ["slots: 512 episodes at once, parameters of 128 members", "(660 bytes a member)"] {
        assert!(text.contains(part), "inspect should say {part:?}: {text}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let refused = |sets: &[&str], parts: &[&str]| {
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        refused(&[&["inspect", "cartpole"][..], &sets].concat(), 2, parts);
    };
    refused(&["algorithm.episodes=0"], &["`algorithm.episodes` is out of range: 0", "1 to 4096"]);
    refused(&["algorithm.episodes=4097"], &["`algorithm.episodes` is out of range: 4097"]);
    let many = ["algorithm.population=100000000", "algorithm.episodes=30"];
    refused(&many, &["algorithm.episodes", "algorithm.population", "at most 2147483648 episodes"]);
    let phase = ["phases=[(until: (generations: 1)), (population: 100000000)]", "algorithm.episodes=30"];
    refused(&phase, &["algorithm.episodes", "at most 2147483648 episodes"]);
    let fed = ["algorithm.population=60000", "normaliser.members=60000", "algorithm.episodes=4096"];
    refused(&fed, &["`moments`", "set `normaliser.members` to"]);
}
