//! Configuration files: what is accepted, what is refused, where the mistake is shown.

mod acts;
mod extremes;
mod plans;
mod sites;

use gpu_ec::config::{self, Config, CurriculumConfig, Integrator, NetworkConfig, Slab, Source, TaskConfig};

/// A file with everything that is required, on lines of its own.
const MINIMAL: &str = "(\n    task: Hopper(),\n    network: Rsnn(),\n    algorithm: Ec(),\n)\n";

fn source(text: &str) -> Source {
    Source::new("test.ron", text)
}

fn load(text: &str, sets: &[&str]) -> Result<Config, String> {
    let sets: Vec<String> = sets.iter().map(|set| set.to_string()).collect();
    config::load(source(text), &sets).map_err(|error| error.to_string())
}

/// `MINIMAL` with one more line, which is line 5.
fn with(line: &str) -> String {
    MINIMAL.replace("Ec(),\n", &format!("Ec(),\n    {line},\n"))
}

#[test]
fn minimal_file_is_the_default() {
    assert_eq!(load(MINIMAL, &[]).expect("valid"), Config::default(), "defaults");
    let bare = "(task: Hopper, network: Rsnn, algorithm: Ec)";
    assert_eq!(load(bare, &[]).expect("valid"), Config::default(), "names without parentheses");
    let commented =
        "#![enable(implicit_some)] // a\n( /* b /* c */ */ task: Hopper(), network: Rsnn(), algorithm: Ec(),)";
    assert_eq!(load(commented, &[]).expect("valid"), Config::default(), "comments and attributes");
}

#[test]
fn values_arrive() {
    let text = "(seed: 7, task: Walker2d(episode_length: 250, integrator: Euler, healthy_z_range: (-inf, 3)),
        curriculum: Some((start_length: 100, grow_from_frames: 1_000, grow_to_frames: 0x1000)),
        network: Rsnn(neurons: 64, bias_input: true), algorithm: Ec(population: 2),
        stop: (frames: 3000000, seconds: Some(2.5), eval_return: None), device: (slab: 37))";
    let config = load(text, &[]).expect("valid");
    let TaskConfig::Walker2d(walker) = &config.task else { panic!("task is {:?}", config.task) };
    assert_eq!(
        (walker.episode_length, walker.integrator, walker.healthy_z_range),
        (250, Integrator::Euler, (f64::NEG_INFINITY, 3.0)),
        "task"
    );
    let curriculum = CurriculumConfig { start_length: 100, grow_from_frames: 1000, grow_to_frames: 4096 };
    assert_eq!(config.curriculum, Some(curriculum), "curriculum");
    let NetworkConfig::Rsnn(rsnn) = &config.network else { panic!("the network of the file") };
    assert!(rsnn.neurons == 64 && rsnn.bias_input && rsnn.gain_out == 5.0, "network {rsnn:?}");
    assert_eq!((config.seed, config.algorithm.population()), (7, 2), "seed and population");
    assert_eq!((config.stop.frames, config.stop.seconds), (Some(3_000_000), Some(2.5)), "optional values");
    assert_eq!(config.device.slab, Slab::Members(37), "slab");
    assert_eq!(config.text_of("device").as_deref(), Some("(slab: 37, submission_ms: 100)"), "text of a section");
    assert_eq!(config.text_of("task.integrator").as_deref(), Some("Euler"), "text of a field of a variant");
}

/// Broken lines added to a valid file, and what the message must contain.
#[test]
fn mistakes_are_shown_at_their_place() {
    let cases: &[(&str, &[&str])] = &[
        ("sed: 1", &["test.ron:5:5", "unknown field `sed`", "did you mean `seed`?", "^^^"]),
        ("xyzzy: 1", &["test.ron:5:5", "unknown field `xyzzy`", "seed, generations, task"]),
        ("seed: -1", &["test.ron:5:11", "`seed` is out of range: -1", "0 to 18446744073709551615"]),
        ("seed: 1.5", &["test.ron:5:11", "`seed` cannot be `1.5`", "expected whole number"]),
        ("seed: 1, seed: 2", &["test.ron:5:14", "`seed` is given twice", "first given here"]),
        ("task: CartPole()", &["test.ron:5:5", "`task` is given twice"]),
        ("generations: 0", &["test.ron:5:18", "expected 1 to 4294967295"]),
        ("stop: (frames: 0)", &["test.ron:5:20", "`stop.frames` is out of range", "expected >= 1 (frames)"]),
        ("stop: (secs: 3)", &["test.ron:5:12", "`stop` has the fields: frames, seconds, eval_return"]),
        ("stop: Stop(frames: 5)", &["test.ron:5:11", "without the name `Stop`"]),
        ("stop: 5", &["test.ron:5:11", "`stop` cannot be `5`"]),
        ("stop: (frames: Some)", &["test.ron:5:20", "expected None or whole number"]),
        ("device: (slab: auto)", &["test.ron:5:20", "expected Auto or whole number"]),
        ("device: (slab: 0)", &["test.ron:5:20", "expected 1 to 1048576"]),
        ("device: (submission_ms: 5000)", &["test.ron:5:29", "expected 1 to 1000 (ms)"]),
        ("normaliser: (clip: NaN)", &["test.ron:5:24", "`normaliser.clip` is out of range: NaN", "1e-12 <= x <= 1e12"]),
        ("normaliser: (clip: \"x\")", &["test.ron:5:24", "`normaliser.clip` cannot be `\"x\"`", "expected number"]),
        ("curriculum: (start_length: 0)", &["test.ron:5:32", "`curriculum.start_length` is out of range"]),
        ("curriculum: Some(start_length: 0)", &["test.ron:5:36", "`curriculum.start_length` is out of range"]),
        ("seed = 3", &["test.ron:5:10", "expected `:`"]),
        ("seed: 3 generations: 4", &["test.ron:5:13", "expected `,` or `)`"]),
        ("seed: [3]", &["test.ron:5:11", "`seed` cannot be `[3]`", "expected whole number"]),
        ("seed: {3}", &["test.ron:5:11", "maps have no place here"]),
        ("seed: [3", &["test.ron:6:1", "inside brackets", "expected `]`", "opened here"]),
        ("seed: [3)", &["test.ron:5:13", "expected `,` or `]`"]),
        ("seed: \"", &["test.ron:5:11", "string without an end"]),
        ("/* open", &["test.ron:5:5", "comment without an end"]),
        ("3: 4", &["unknown field `3`"]),
        ("seed:", &["test.ron:5:10", "expected a value"]),
    ];
    for (line, expected) in cases {
        let message = load(&with(line), &[]).expect_err(line);
        for part in *expected {
            assert!(message.contains(part), "{line:?} should mention {part:?}:\n{message}");
        }
    }
}

/// Whole files, for mistakes in the required parts.
#[test]
fn mistakes_in_required_parts() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["test.ron:1:1", "expected a value"]),
        ("(\n  stop: (", &["test.ron:2:10", "the text ends inside parentheses", "opened here"]),
        ("(stop: [", &["test.ron:1:9", "the text ends inside brackets", "opened here"]),
        ("5", &["needs named fields"]),
        ("()", &["test.ron:1:1", "`task` is missing", "`network` is missing", "`algorithm` is missing"]),
        ("(task: Hoper(), network: Rsnn(), algorithm: Ec())", &["test.ron:1:8", "did you mean `Hopper`?", "CartPole"]),
        ("(task: Hopper(5), network: Rsnn(), algorithm: Ec())", &["test.ron:1:8", "needs named fields"]),
        ("(task: (episode_length: 5), network: Rsnn(), algorithm: Ec())", &["test.ron:1:8", "expected Hopper(...)"]),
        (
            "(task: Hopper(integrator: RK4), network: Rsnn(), algorithm: Ec())",
            &["test.ron:1:27", "unknown name `RK4` for `task.integrator`", "did you mean `Rk4`?", "Model, Euler, Rk4"],
        ),
        (
            "(task: Hopper(healthy_z_range: (2, 1)), network: Rsnn(), algorithm: Ec())",
            &["test.ron:1:32", "`task.healthy_z_range` is empty", "low <= high"],
        ),
        (
            "(task: Hopper(healthy_z_range: (2, 1, 3)), network: Rsnn(), algorithm: Ec())",
            &["test.ron:1:32", "expected (low, high)"],
        ),
        (
            "(task: Hopper(terminate_when_unhealthy: 1), network: Rsnn(), algorithm: Ec())",
            &["test.ron:1:41", "expected true or false"],
        ),
        (
            "(task: CartPole(integrator: Euler), network: Rsnn(), algorithm: Ec())",
            &["test.ron:1:17", "unknown field `integrator`", "`CartPole` has the fields: episode_length"],
        ),
        (
            "(task: CartPole(), network: Rsnn(neurons: 100), algorithm: Ec())",
            &["test.ron:1:43", "`network.neurons` is out of range: 100", "a multiple of 32 in 32 to 4096"],
        ),
        (
            "(task: CartPole(), network: Rsnn(), algorithm: Ec(epsilon: 0.5, population: 1))",
            &["test.ron:1:60", "2^-16 <= x < 0.5", "test.ron:1:77", "2 to 134217728"],
        ),
        (
            "(task: CartPole(), network: Gru(units: 100), algorithm: Ec())",
            &["test.ron:1:40", "a multiple of 32 in 32 to 2048"],
        ),
        ("(task: CartPole(), network: RsnnF32(neurons: 4096), algorithm: Ec())", &["test.ron:1:46", "32 to 2048"]),
        ("(task: CartPole(), network: Mlp(weights: Bits), algorithm: Ec())", &["test.ron:1:42", "OneBit"]),
        ("(task: CartPole(), network: Rsnn(), algorithm: Ec()) x", &["test.ron:1:54", "after the end"]),
    ];
    for (text, expected) in cases {
        let message = load(text, &[]).expect_err(text);
        for part in *expected {
            assert!(message.contains(part), "{text:?} should mention {part:?}:\n{message}");
        }
    }
}

#[test]
fn impossible_pairs_name_both_paths_and_values() {
    let message = load(&with("curriculum: (grow_from_frames: 500, grow_to_frames: 400)"), &[]).expect_err("shrinks");
    for part in ["`curriculum.grow_to_frames` = 400", "`curriculum.grow_from_frames` = 500", "test.ron:5:57"] {
        assert!(message.contains(part), "should mention {part:?}:\n{message}");
    }
    let sets = ["curriculum.start_length=600", "task.episode_length=500"];
    let message = load(MINIMAL, &sets).expect_err("cap above the episode");
    for part in ["`curriculum.start_length` = 600", "`task.episode_length` = 500", "--set:1:25", "--set:1:21"] {
        assert!(message.contains(part), "should mention {part:?}:\n{message}");
    }
    let message = load(MINIMAL, &["network.sim_time_ms=0.1"]).expect_err("no substep");
    assert!(message.contains("`network.dt_ms` = 0.5 (the default)"), "default is named:\n{message}");
    let message = load(MINIMAL, &["network=RsnnF32(dt_ms: 20)"]).expect_err("no substep");
    assert!(message.contains("`network.sim_time_ms` = 16.6 (the default)"), "the other spiking network:\n{message}");
}

#[test]
fn settings_replace_and_extend() {
    let sets = ["network.neurons=64", "task.episode_length=500", "stop.frames=100000", "device.slab=Auto"];
    let config = load(MINIMAL, &sets).expect("valid");
    let NetworkConfig::Rsnn(rsnn) = &config.network else { panic!("the network of the file") };
    assert_eq!((rsnn.neurons, config.task.episode_length()), (64, 500), "fields inside variants");
    assert_eq!(config.stop.frames, Some(100_000), "a section that the file does not have");
    let config = load(MINIMAL, &["task=CartPole(episode_length:500)", "seed=1", "seed=2"]).expect("valid");
    assert_eq!((config.task.name(), config.seed), ("cartpole", 2), "whole value; the later setting wins");
    let config = load(MINIMAL, &["curriculum.start_length=100", "stop=(seconds: 5)"]).expect("valid");
    assert_eq!(config.curriculum.map(|curriculum| curriculum.start_length), Some(100), "None becomes a section");
    let config = load(&with("curriculum: Some((start_length: 5))"), &["curriculum.start_length=9"]).expect("valid");
    assert_eq!(config.curriculum.map(|curriculum| curriculum.start_length), Some(9), "inside Some");
    assert_eq!(load(MINIMAL, &["curriculum=None"]).expect("valid").curriculum, None, "None");
}

#[test]
fn settings_are_refused_at_their_place() {
    let cases: &[(&str, &[&str])] = &[
        ("network.neurons", &["--set:1:1", "expected key.path=value"]),
        ("network.neurons=", &["--set:1:17", "expected a value"]),
        ("network.neurons=100", &["--set:1:17", "network.neurons=100", "multiple of 32"]),
        ("network.nuerons=64", &["--set:1:9", "did you mean `neurons`?"]),
        ("neurons=64", &["--set:1:1", "did you mean `network.neurons`?"]),
        ("seed.x=64", &["--set:1:6", "`seed` is a single value"]),
        ("task.contact_cost_weight=1", &["--set:1:6", "unknown field `contact_cost_weight`", "`Hopper` has"]),
        ("task=Hoper", &["--set:1:6", "did you mean `Hopper`?"]),
        ("=5", &["--set:1:1", "unknown field ``"]),
        ("seed=5)", &["--set:1:7", "after the end"]),
    ];
    for (set, expected) in cases {
        let message = load(MINIMAL, &[set]).expect_err(set);
        for part in *expected {
            assert!(message.contains(part), "{set:?} should mention {part:?}:\n{message}");
        }
    }
    let message = load("(network: Rsnn(), algorithm: Ec())", &["task.episode_length=5"]).expect_err("no task");
    assert!(message.contains("no `task` is chosen"), "{message}");
}

#[test]
fn presets_load_and_round_trip() {
    let names: Vec<_> = config::presets().iter().map(|preset| preset.name).collect();
    for name in [
        "hopper",
        "walker2d",
        "humanoid",
        "ant",
        "half_cheetah",
        "swimmer",
        "reacher",
        "inverted_pendulum",
        "inverted_double_pendulum",
        "cartpole",
    ] {
        assert!(names.contains(&name), "{name} is a preset");
    }
    for preset in config::presets() {
        assert!(!preset.summary.is_empty(), "{} begins with a comment line", preset.name);
        let source = config::find(&format!("{}.ron", preset.name)).expect("a preset");
        let config = config::load(source, &[]).expect("every preset is valid");
        let text = config.to_ron();
        let again = load(&text, &[]).expect("the resolved file is valid");
        assert_eq!(again, config, "{} after a round trip", preset.name);
        assert_eq!(again.to_ron(), text, "{} is written stably", preset.name);
    }
    let message = config::find("hoper.ron").expect_err("no such preset").to_string();
    assert!(message.contains("did you mean `hopper`?"), "{message}");
}

/// Every field is written, and every field that is written is documented.
#[test]
fn the_table_of_fields_is_complete() {
    let fields = config::fields();
    for field in &fields {
        assert!(!field.text.is_empty() && !field.default.is_empty(), "{field:?}");
    }
    for task in ["Hopper", "Walker2d", "Humanoid", "InvertedPendulum", "CartPole", "TMaze"] {
        let config = load(MINIMAL, &[&format!("task={task}"), "curriculum=()"]).expect("valid");
        let other = load(MINIMAL, &["task=CartPole", "curriculum=None"]).expect("valid");
        for difference in config::diff(&config, &other).iter().chain(&config::diff(&other, &config)) {
            assert!(fields.iter().any(|field| field.path == difference.path), "{} is documented", difference.path);
        }
    }
    let weights: Vec<_> = fields.iter().filter(|field| field.path == "task.reward[].weight").collect();
    assert!(weights.len() > 5, "a field of each meaning: {weights:?}");
    let task = fields.iter().find(|field| field.path == "task").expect("a field");
    assert!(task.choices.contains(&("CartPole", "A pole on a cart, pushed left or right.")), "{:?}", task.choices);
    let length = fields.iter().find(|field| field.path == "task.episode_length").expect("a field");
    assert!(length.default.contains("CartPole 500"), "defaults of each task: {}", length.default);
    let neurons = fields.iter().find(|field| field.path == "network.neurons").expect("a field");
    assert_eq!((neurons.default.as_str(), neurons.unit), ("256", "neurons"), "one default where there is one");
}

#[test]
fn resuming_may_change_only_what_does_not_change_the_course() {
    let old = load(MINIMAL, &[]).expect("valid");
    let allowed = ["generations=5", "stop.frames=9", "evaluation.every=3", "checkpoint.keep=9", "device.slab=3"];
    let new = load(MINIMAL, &allowed).expect("valid");
    assert_eq!(config::diff_for_resume(&old, &new), [], "allowed changes");
    assert_eq!(config::diff(&old, &new).len(), 5, "they are seen, though");
    let new = load(MINIMAL, &["seed=1", "task=CartPole", "curriculum=()"]).expect("valid");
    let differences = config::diff_for_resume(&old, &new);
    let paths: Vec<_> = differences.iter().map(|difference| difference.path.as_str()).collect();
    for path in ["seed", "task", "task.episode_length", "curriculum", "curriculum.start_length"] {
        assert!(paths.contains(&path), "{path} differs: {paths:?}");
    }
    assert_eq!((differences[0].old.as_str(), differences[0].new.as_str()), ("0", "1"), "values of the seed");
}

/// Numbers of every size that is accepted survive being written and read.
#[test]
fn numbers_round_trip() {
    use proptest::strategy::Strategy;
    let mut runner = proptest::test_runner::TestRunner::default();
    let strategy = (
        proptest::num::u64::ANY,
        1e-12..1e12_f64,
        (1e-12..1e12_f64, proptest::bool::ANY).prop_map(|(size, negative)| if negative { -size } else { size }),
        1_u32..128,
    );
    let property = |(seed, seconds, weight, words): (u64, f64, f64, u32)| {
        let mut config = Config { seed, ..Config::default() };
        config.stop.seconds = Some(seconds);
        if let TaskConfig::Hopper(hopper) = &mut config.task {
            hopper.forward_reward_weight = weight;
            hopper.healthy_z_range = (weight.min(seconds), f64::INFINITY);
        }
        if let NetworkConfig::Rsnn(rsnn) = &mut config.network {
            rsnn.neurons = 32 * words;
        }
        proptest::prop_assert_eq!(load(&config.to_ron(), &[]), Ok(config));
        Ok(())
    };
    runner.run(&strategy, property).expect("every configuration survives");
}

/// No text makes the reader panic.
#[test]
fn damaged_files_never_panic() {
    assert!(load(&"(".repeat(100_000), &[]).expect_err("deep").contains("nested too deeply"), "depth is limited");
    let text = config::preset_named("hopper").expect("a preset").text;
    let own = include_str!("../../assets/examples/hound.ron");
    let robot = || Some(include_str!("../../assets/examples/hound.xml").into());
    for (text, robot) in [(text, None), (own, robot())] {
        for (at, _) in text.char_indices() {
            let read = |text: &str| {
                let _ = config::load(Source { robot: robot.clone(), ..source(text) }, &[]);
            };
            read(&text[..at]);
            for damage in ["(", ")", "[", "]", ",", ":", "x", "9", "\"", "\\", "-", "é", "/*"] {
                read(&format!("{}{damage}{}", &text[..at], &text[at..]));
            }
        }
    }
}

/// Fields of the task that evaluations take, the others being those of training.
#[test]
fn evaluations_may_have_another_reward() {
    let text = with("evaluation: (task: (healthy_reward: 5.0))")
        .replace("Hopper()", "Hopper(healthy_reward: 0, frame_skip: 3)");
    let config = load(&text, &["evaluation.task.ctrl_cost_weight=0.25"]).expect("valid");
    let TaskConfig::Hopper(training) = &config.task else { panic!("task is {:?}", config.task) };
    let TaskConfig::Hopper(judged) = config.for_evaluation().task else { panic!("task of evaluations") };
    assert_eq!((training.healthy_reward, training.ctrl_cost_weight, training.frame_skip), (0.0, 0.001, 3), "training");
    assert_eq!((judged.healthy_reward, judged.ctrl_cost_weight, judged.frame_skip), (5.0, 0.25, 3), "evaluation");
    assert_eq!(load(&config.to_ron(), &[]).expect("valid"), config, "written and read");
    let wrapped = text.replace("(healthy_reward: 5.0)", "Some(healthy_reward: 5.0)");
    assert_eq!(load(&wrapped, &["evaluation.task.ctrl_cost_weight=0.25"]).expect("valid"), config, "inside Some");
    let none = load(&text, &["evaluation.task=None"]).expect("valid");
    assert_eq!(none.for_evaluation().task, none.task, "taken back");

    let settable = config::Settable { what: "this", evaluates: true, fields: &["task"], instead: &[] };
    let sets = ["task.healthy_reward=2".to_string()];
    let eval = config::load_for(&settable, source(&text), &sets).expect("valid");
    let TaskConfig::Hopper(task) = &eval.task else { panic!("task is {:?}", eval.task) };
    assert_eq!((task.healthy_reward, task.ctrl_cost_weight, task.frame_skip), (2.0, 0.001, 3), "settings win");

    for (line, expected) in [
        ("evaluation: (task: (healthy_rewards: 5.0))", ["5:25", "did you mean `healthy_reward`?"]),
        ("evaluation: (task: (healthy_reward: true))", ["5:41", "`evaluation.task.healthy_reward`"]),
        ("evaluation: (task: Ant())", ["5:24", "the task is hopper"]),
        (
            "evaluation: (task: (exclude_current_positions_from_observation: false))",
            ["5:69", "the network always sees the same"],
        ),
    ] {
        let told = load(&with(line), &[]).expect_err(line);
        assert!(expected.iter().all(|part| told.contains(part)), "{line}: {told}");
    }
}
