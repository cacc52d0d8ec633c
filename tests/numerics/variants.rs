//! Every layout of the kernels gives the same bits, and a choice between them is made once.

use gpu_ec::{
    config::{self, Config},
    gpu::{Cache, Gpu, Selector},
    plan::{Plan, variant::Variant},
    run::evolution::{
        engine::{Engine, Job},
        generation::{Outcome, run_generation},
        state::TrainState,
        tune,
    },
};

/// Episodes of 40 steps, with more members than slots.
fn config(preset: &str) -> Config {
    let sets = ["algorithm.population=60", "device.slab=24", "evaluation=(every: 1, episodes: 4)"];
    config::load(config::find(preset).expect("a preset"), &sets.map(String::from)).expect("valid")
}

/// Returns and probabilities after two generations.
fn result(engine: &mut Engine, config: &Config) -> (Vec<u32>, Vec<u64>) {
    let mut state = TrainState::new(config, &engine.plan);
    let mut outcome = Outcome::default();
    for generation in 0..2 {
        let job = Job::training(generation, 60, 40);
        let done = run_generation(engine, &mut state, &mut outcome, &job, &|| true, &mut |_| ()).expect("runs");
        assert!(done, "a generation ends");
    }
    let returns = outcome.open.episodes.iter().map(|episode| episode.return_sum.to_bits()).collect();
    (returns, state.learner.params.iter().map(|rho| rho.to_bits()).collect())
}

#[test]
fn every_variant_gives_the_same_bits() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let config = config("hopper_fast");
    let traits = gpu.adapter.traits();
    let usual = Variant::usual(traits);
    let plan = |variant| Plan::in_variant(&config, traits, variant).expect("plans");
    let mut engine = Engine::of_plan(&gpu, &config, plan(usual)).expect("compiles");
    let expected = result(&mut engine, &config);
    let tasks = Variant::TASK_WORKGROUPS.map(|task_workgroup| Variant { task_workgroup, ..usual });
    let ecs = Variant::ALGORITHM_WORKGROUPS.map(|algorithm_workgroup| Variant { algorithm_workgroup, ..usual });
    let networks = (0..engine.plan.n_network_variants()).map(|network| Variant { network, ..usual });
    for variant in tasks.into_iter().chain(ecs).chain(networks) {
        engine.adopt(plan(variant)).expect("compiles");
        assert!(result(&mut engine, &config) == expected, "{variant:?} gives other bits");
    }
    let other = Config { seed: 1, ..config.clone() };
    let mut engine = Engine::new(&gpu, &other).expect("compiles");
    assert!(result(&mut engine, &other) != expected, "another seed must be told apart");
}

#[test]
fn a_choice_is_kept_and_a_foreign_one_is_not_taken() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let config = config("cartpole");
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Cache::at(folder.path());
    let plan = || Plan::new(&config, gpu.adapter.traits()).expect("plans");
    let chosen = || tune::measured(&gpu, &config, plan(), &cache).expect("compiles").plan.variant;
    chosen();
    let file = std::fs::read_dir(folder.path()).expect("a folder").next().expect("a choice is kept");
    let name = file.expect("a file").file_name().into_string().expect("a plain name");
    let kept = || serde_json::from_slice::<serde_json::Value>(&cache.read(&name).expect("sound")).expect("JSON");
    let first = kept();
    let pick = |size: usize| {
        let mut choice = first.clone();
        choice["variant"]["task_workgroup"] = size.into();
        choice["tried"] = 99.into();
        choice
    };
    for size in [16, 64] {
        cache.write(&name, pick(size).to_string().as_bytes());
        assert_eq!(chosen().task_workgroup, size, "the kept choice is taken");
    }
    let mut foreign = pick(64);
    foreign["key"] = "another device".into();
    cache.write(&name, foreign.to_string().as_bytes());
    chosen();
    assert_eq!(kept()["key"], first["key"], "a foreign choice is measured anew");
    cache.write(&name, pick(7).to_string().as_bytes());
    assert!(Variant::TASK_WORKGROUPS.contains(&chosen().task_workgroup), "an unknown size is not taken");
}
