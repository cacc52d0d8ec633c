//! Small runs under Khronos' validation layer, with validation of synchronisation.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use gpu_ec::{
    config,
    gpu::{Gpu, Selector},
    kernel::device::DeviceTraits,
    plan::Plan,
    run::evolution::{
        engine::{Engine, Job},
        generation::{Outcome, run_generation},
        state::TrainState,
    },
};

use super::messages::Messages;
use super::places::Layer;
use super::places::layer;
use super::race;
use crate::support::program;

/// Set in the processes that tests start of themselves.
const CHILD: &str = "GPU_EC_DRIVERS_CHILD";

/// Runs `command` under the layer, with caches of its own, so that every kernel is compiled.
fn validate(mut command: Command, layer: &Layer) -> Messages {
    let folder = tempfile::tempdir().expect("a folder");
    let [log, settings] = ["log.txt", "vk_layer_settings.txt"].map(|name| folder.path().join(name));
    let synchronisation = match layer.newer {
        true => "validate_sync = true",
        false => "enables = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT",
    };
    let lines = [
        "debug_action = VK_DBG_LAYER_ACTION_LOG_MSG",
        &format!("log_filename = {}", log.display()),
        "report_flags = error,warn,info",
        synchronisation,
        "enable_message_limit = false",
    ];
    let text: String = lines.iter().map(|line| format!("khronos_validation.{line}\n")).collect();
    fs::write(&settings, text).expect("writable");
    command
        .env("VK_LAYER_PATH", &layer.folder)
        .env("VK_INSTANCE_LAYERS", "VK_LAYER_KHRONOS_validation")
        .env("VK_LAYER_SETTINGS_PATH", &settings)
        .envs(["HOME", "XDG_CACHE_HOME", "TMPDIR"].map(|name| (name, folder.path())));
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{command:?}: {out}{err}");
    let log =
        fs::read_to_string(&log).unwrap_or_else(|error| panic!("the layer has written nothing: {error}: {out}{err}"));
    let messages = Messages::read(&log);
    assert!(messages.synchronisation, "synchronisation is validated: {log}");
    messages
}

fn assert_silent(command: Command, layer: &Layer) {
    let messages = validate(command, layer);
    let count = messages.faults.len();
    assert_eq!(count, 0, "the validation layer has {count} complaints:\n{}", messages.faults.join("\n\n"));
}

/// A run of one generation, evaluated.
fn run_is_silent(preset: &str, sets: &[&str]) {
    let Some(layer) = layer() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    let sets = [sets, &["generations=1"]].concat();
    let sets = sets.into_iter().flat_map(|set| ["--set", set]);
    let arguments = ["run", preset, "--quiet", "--out", out.to_str().expect("a plain path")].into_iter().chain(sets);
    assert_silent(program::gpu_ec(&arguments.collect::<Vec<_>>()), &layer);
}

#[test]
fn a_hopper_by_evolved_connections() {
    let sets = ["task.episode_length=30", "curriculum=None", "algorithm.population=40", "device.slab=16"];
    run_is_silent("hopper_fast", &[&sets[..], &["evaluation=(every: 1, episodes: 4)"]].concat());
}

#[test]
fn a_gru_by_evolution_strategies_of_low_rank() {
    let sets =
        ["task.episode_length=30", "network=Gru(units: 32)", "algorithm=Es(population: 40, rank: 2)", "device.slab=16"];
    run_is_silent("cartpole", &[&sets[..], &["evaluation=(every: 1, episodes: 4)"]].concat());
}

#[test]
fn arms_by_forward_sensitivities() {
    let sets = ["task.episode_length=60", "evaluation=(every: 1, episodes: 2)", "algorithm.seeds=2"];
    run_is_silent("arm_balance_gradient", &sets);
}

/// Returns the command that runs a test of this file as a process of its own.
fn child(test: &str) -> Command {
    let (_binary, module) = module_path!().split_once("::").expect("a module of a test binary");
    let mut command = Command::new(env::current_exe().expect("a path"));
    command.args(["--exact", &format!("{module}::{test}"), "--nocapture"]).env(CHILD, "1");
    command
}

fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// The kernels of real GPUs, whose lanes share a body.
#[test]
fn a_humanoid_whose_lanes_share_its_body() {
    if is_child() {
        return live_in_shared_lanes();
    }
    if let Some(layer) = layer() {
        assert_silent(child("a_humanoid_whose_lanes_share_its_body"), &layer);
    }
}

fn live_in_shared_lanes() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let sets =
        ["network=Rsnn(neurons: 64)", "algorithm.population=6", "device.slab=4", "evaluation=(every: 1, episodes: 2)"];
    let config =
        config::load(config::find("humanoid_fast").expect("a preset"), &sets.map(String::from)).expect("valid");
    let device = DeviceTraits { software: false, subgroup: 0, int64: false, ..gpu.adapter.traits() };
    let plan = Plan::new(&config, device).expect("plans");
    assert_eq!(plan.task_lanes, 32, "lanes share a body");
    let mut engine = Engine::of_plan(&gpu, &config, plan).expect("compiles");
    let mut state = TrainState::new(&config, &engine.plan);
    let mut outcome = Outcome::default();
    let job = Job::training(0, 6, 4);
    assert!(
        run_generation(&mut engine, &mut state, &mut outcome, &job, &|| true, &mut |_| ()).expect("runs"),
        "it ends"
    );
    let episodes = &outcome.open.episodes;
    assert!(episodes.len() == 6 && episodes.iter().all(|episode| episode.return_sum.is_finite()), "{episodes:?}");
}

/// Two writes to one buffer without a barrier between them: what the runs above would be caught at.
#[test]
fn writes_without_a_barrier_are_found() {
    if is_child() {
        return race::write_twice();
    }
    let Some(layer) = layer() else { return };
    let messages = validate(child("writes_without_a_barrier_are_found"), &layer);
    let found = messages.faults.iter().any(|fault| fault.contains("SYNC-HAZARD-WRITE-AFTER-WRITE"));
    assert!(found, "the hazard is reported: {messages:?}");
}

/// Where there is no layer of that name, nothing passes for silence.
#[test]
fn a_layer_that_is_not_there_is_noticed() {
    let nowhere = Layer { folder: Path::new("/nonexistent").into(), newer: true };
    let failed = std::panic::catch_unwind(|| validate(program::gpu_ec(&["devices"]), &nowhere));
    assert!(failed.is_err(), "a run without the layer is not a run that it has no complaints about");
}
