//! Evolvable units under evolution: episodes of a member share its parameters and the lanes that read them, and nothing
//! depends on slots, starts and stops.

use std::path::Path;

use crate::support::program::{Run, refused, succeed};
use gpu_ec::{
    config::{self, Config, Source},
    gpu::{Gpu, Selector},
    kernel::{buffers::BufferId, device::DeviceTraits, records::EpisodeRecord},
    plan::Plan,
    run::evolution::{
        engine::Engine, generation::live, progress::GenerationProgress, state::TrainState, train::training_job,
    },
};

const UNIT: &str = "Enu(memory: 8, outputs: 4, inputs: 4, initial_std: 0.6)";
const NETWORK: &str =
    "EnuNetwork(memory: 8, outputs: 8, inputs: 8, from_outputs: 1, rewards: 0, ticks: 2, initial_std: 0.6)";
const ES: &str =
    "Es(population: 12, sigma: 0.3, learning_rate: 1, optimizer: Momentum, weight_decay: 0, rank_power: Some(5)";

fn config(network: &str, more: &str, slab: usize) -> Config {
    let text = format!("(task: CartPole(), network: {network}, algorithm: {ES}, {more}), device: (slab: {slab}))");
    config::load(Source::new("test.ron", &text), &[]).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The lives of the first generation.
fn lives(gpu: &Gpu, network: &str, more: &str, slab: usize) -> Vec<EpisodeRecord> {
    let config = config(network, more, slab);
    let mut engine = Engine::new(gpu, &config).expect("compiles");
    let state = TrainState::new(&config, &engine.plan);
    let mut open = GenerationProgress::default();
    let job = training_job(&config, &state, engine.plan.task.as_ref());
    assert!(live(&mut engine, &state, &mut open, &job, &|| true, &mut |_| ()).expect("runs"), "nobody stops it");
    open.episodes
}

fn fates(records: &[EpisodeRecord], step: usize) -> Vec<(u32, u32, u32)> {
    records.iter().step_by(step).map(|life| (life.return_sum.to_bits(), life.length, life.status)).collect()
}

/// With common starts, first episodes are those of single episodes: layouts with a lane per episode and with a lane per
/// column give the same bits, for any number of slots, where groups have one member or several.
#[test]
fn a_member_is_the_same_in_all_its_episodes() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    for network in [UNIT, NETWORK] {
        let single = lives(&gpu, network, "common_starts: true", 12);
        for episodes in [8, 32] {
            let more = format!("episodes: {episodes}, common_starts: true");
            let several = lives(&gpu, network, &more, 12 * episodes);
            assert_eq!(several.len(), 12 * episodes, "{network}: lives");
            assert_eq!(fates(&several, episodes), fates(&single, 1), "{network}: first episodes of {episodes}");
            assert_ne!(fates(&several[1..], episodes), fates(&single, 1), "{network}: second ones begin elsewhere");
            for slab in [5, 61] {
                let other = lives(&gpu, network, &more, slab);
                assert_eq!(fates(&other, 1), fates(&several, 1), "{network}: {episodes} episodes, {slab} slots");
            }
        }
        let fresh = lives(&gpu, network, "episodes: 8", 96);
        assert_ne!(fates(&fresh, 8), fates(&single, 1), "{network}: fresh starts are each member's own");
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
    for (name, network) in [("unit", UNIT), ("network", NETWORK)] {
        let learner = [format!("algorithm={ES}, episodes: 8)"), format!("network={network}")];
        let sets: Vec<&str> = learner.iter().map(String::as_str).collect();
        let run = |own: &str, more: &[&str]| run(folder.path(), &format!("{name}-{own}"), &[&sets[..], more].concat());
        let whole = run("whole", &[]);
        let mut before = 0.0;
        for line in whole.metrics() {
            let number = |field: &str| line[field].as_f64().expect("a number");
            let lived = number("frames") - before;
            assert!((lived - 96.0 * number("episode_length_mean")).abs() < 1e-6 * lived, "{name}: {line}");
            before = number("frames");
        }
        run("slots", &["device.slab=7"]).assert_same(&whole, "7 slots");
        let cut = run("cut", &["generations=2"]);
        succeed(&["run", "--quiet", "--resume", cut.path(), "--set", "generations=4"]);
        cut.assert_same(&whole, "resumed");
        for other in ["algorithm.common_starts=true", "algorithm.rank_power=Some(4)"] {
            let other = run("other", &[other]);
            assert!(other.difference(&whole).is_some(), "{name}: {other:?} must be told apart", other = other.path());
            std::fs::remove_dir_all(&other.0).expect("removed");
        }
    }
}

fn plan(network: &str, population: usize, episodes: usize) -> Plan {
    let algorithm = format!("Es(population: {population}, episodes: {episodes})");
    let text = format!("(task: Hopper(), network: {network}, algorithm: {algorithm})");
    let config = config::load(Source::new("test.ron", &text), &[]).expect("valid");
    Plan::new(&config, DeviceTraits { software: false, ..Default::default() }).expect("plans")
}

/// At the paper's size, a member's parameters stand once however many episodes it has, and all buffers of the published
/// network take less than 512 MB; a population of 10^5 takes as much as one that fills the slots.
#[test]
fn memory_is_bounded() {
    let theta = |plan: &Plan| plan.buffers.iter().find(|buffer| buffer.id == BufferId::Theta).expect("there").bytes;
    for episodes in [1, 8, 32] {
        assert_eq!(theta(&plan("Enu()", 1024, episodes)), 4 * 6656 * 1024, "{episodes} episodes of 1024 members");
    }
    let maze = plan("EnuNetwork()", 1024, 8);
    assert_eq!(theta(&maze), 4 * 13_312 * 1024, "two chromosomes a member");
    let bytes = maze.device_bytes();
    eprintln!("the published network, 1024 members of 8 episodes: {bytes} bytes");
    assert!(bytes < 512_000_000, "{bytes} bytes");
    let [some, many] = [8192, 100_000].map(|population| plan("Enu()", population, 1).device_bytes());
    assert_eq!(some, many, "constant memory");
}

#[test]
fn what_has_no_place_is_refused() {
    let refused = |network: &str, more: &[&str], parts: &[&str]| {
        let network = format!("network={network}");
        let sets = [&["--set", &network, "--set", "algorithm=Es()"], more].concat();
        refused(&[&["inspect", "cartpole"][..], &sets].concat(), 2, parts);
    };
    refused("EnuNetwork()", &[], &["`network.from_outputs` is 2", "at most 1"]);
    refused("Enu(memory: 6)", &[], &["`network.memory` is out of range: 6", "multiple of 4"]);
    refused("Enu(outputs: 64, cell: Gru)", &[], &["network.outputs", "network.memory", "no more outputs than memory"]);
    refused("EnuNetwork(outputs: 4)", &[], &["network.outputs", "network.inputs", "at least half as many"]);
    refused("Enu()", &["--set", "normaliser.clip=3"], &["`normaliser.clip` = 3", "as it is"]);
    refused("Enu()", &["--set", "algorithm.rank=Some(1)"], &["algorithm.rank", "no matrices"]);
    let hopper = ["inspect", "hopper", "--set", "network=Enu(inputs: 8)", "--set", "algorithm=Es()"];
    crate::support::program::refused(&hopper, 2, &["11 observations", "`network.inputs` is 8"]);
}
