//! Runs as a user starts them: same seed, same bytes, whatever the slab.

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{Run, output, refuse, succeed};
use serde_json::Value;

#[test]
fn slabs_seeds_and_repetitions() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |name: &str, more: &[&str]| {
        let run = Run::in_folder(folder.path(), name);
        succeed(&run.arguments(more));
        run
    };
    let whole = run("whole", &[]);
    assert_eq!(whole.metrics().len(), 4, "one line a generation");
    for repetition in 2..=5 {
        run(&format!("again{repetition}"), &[]).assert_same(&whole, &format!("repetition {repetition}"));
    }
    run("slab37", &["--set", "device.slab=37"]).assert_same(&whole, "slabs of 37 members");
    run("slab256", &["--set", "device.slab=256", "--set", "device.submission_ms=5"])
        .assert_same(&whole, "slabs of 256 members");
    // in one submission more episodes end than the device keeps records of
    run("slab3", &["--set", "device.slab=3", "--set", "device.submission_ms=300"]).assert_same(&whole, "3 slots");
    let other = run("seed", &["--set", "seed=1"]);
    assert_eq!(other.difference(&whole), Some("metrics"), "another seed must differ");
}

/// The same with a body in Runge-Kutta, whose state and contacts live longer than a step.
#[test]
fn slabs_change_no_byte_of_a_hopper() {
    let folder = tempfile::tempdir().expect("a folder");
    let checkpoint = |slab: &str| {
        let run = Run::in_folder(folder.path(), slab);
        let set = format!("device.slab={slab}");
        let sets = [
            "task.integrator=Rk4",
            "algorithm.population=80",
            "generations=3",
            "evaluation=(every: 2, episodes: 9)",
            &set,
        ];
        let sets: Vec<&str> = sets.into_iter().flat_map(|set| ["--set", set]).collect();
        succeed(&[&["run", "hopper_fast", "--quiet", "--out", run.path()], &sets[..]].concat());
        run.checkpoint(3)
    };
    assert!(checkpoint("37") == checkpoint("80"), "slabs of 37 members, and one for all");
}

#[test]
fn refusals_name_the_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let short = ["--set", "generations=1", "--set", "evaluation=(every: 1, episodes: 8)"];
    succeed(&run.arguments(&short));
    refuse(&run.arguments(&short), 2, "--resume");
    refuse(&["run", "--resume", run.path(), "--set", "seed=3"], 2, "seed");
    refuse(&["run", "--resume", folder.path().to_str().expect("plain")], 2, "config.ron");
    let checkpoint = run.0.join("checkpoints/gen-000001.safetensors");
    let from = Run::in_folder(folder.path(), "from");
    let from_arguments = |network: &'static str| {
        let from = ["--from", checkpoint.to_str().expect("plain"), "--set", network];
        from.map(str::to_string)
    };
    let fits = from_arguments("network=Rsnn(neurons: 64)");
    let fits: Vec<&str> = fits.iter().map(String::as_str).collect();
    succeed(&from.arguments(&[&short[..], &fits].concat()));
    let other = from_arguments("network=Rsnn(neurons: 96)");
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    refuse(&Run::in_folder(folder.path(), "no").arguments(&other), 2, "rho.");
    // resumed to a larger goal, with the generations it may change
    succeed(&["run", "--quiet", "--resume", run.path(), "--set", "generations=2"]);
    assert_eq!(run.metrics().len(), 2, "one more generation");
}

#[test]
fn another_adapter_is_told_and_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    succeed(&run.arguments(&["--set", "generations=1"]));
    let path = run.0.join("adapters.jsonl");
    let record = fs::read_to_string(&path).expect("recorded");
    let other = record.replace("\"name\":\"", "\"name\":\"another ");
    assert_ne!(other, record, "the record names the adapter");
    fs::write(&path, other).expect("writable");
    let resumed = output(&["run", "--resume", run.path(), "--set", "generations=2"]);
    assert!(resumed.status.success(), "a warning is no error");
    let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(said.contains("warning") && said.contains("another "), "it names the adapter before: {said}");
    assert_eq!(fs::read_to_string(&path).expect("recorded").lines().count(), 2, "one line a session");
    // another program
    let record = fs::read_to_string(&path).expect("recorded");
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(&path, record.replace(&version, "\"version\":\"0.0.9\"")).expect("writable");
    let resumed = output(&["run", "--resume", run.path(), "--set", "generations=3"]);
    let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(resumed.status.success(), "a warning is no error: {said}");
    assert!(said.contains("warning") && said.contains("gpu-ec 0.0.9"), "it names the program before: {said}");
    assert!(!said.contains("another "), "the adapter is the same: {said}");
    let quiet = output(&["run", "--resume", run.path(), "--set", "generations=4"]);
    assert!(!String::from_utf8_lossy(&quiet.stderr).contains("warning"), "nothing differs any more");
}

/// Seconds count from the start of the program, and the last generation is evaluated whatever ends the run.
#[test]
fn a_run_that_seconds_end_has_a_generation_and_its_evaluation() {
    let folder = tempfile::tempdir().expect("a folder");
    let endless = ["--set", "generations=1000000", "--set", "evaluation=(every: 1000000, episodes: 8)"];
    let run = |name: &str, stop: &str| {
        let run = Run::in_folder(folder.path(), name);
        succeed(&run.arguments(&[&endless[..], &["--set", stop, "--set", "algorithm.population=16"]].concat()));
        run
    };
    // the start-up alone takes longer
    let short = run("short", "stop.seconds=0.05");
    assert_eq!(short.metrics().len(), 1, "one generation, and no more");
    for (name, stop) in [("seconds", "stop.seconds=3"), ("frames", "stop.frames=4000")] {
        let run = run(name, stop);
        let metrics = run.metrics();
        let evaluated: Vec<bool> = metrics.iter().map(|line| !line["eval_return"].is_null()).collect();
        assert_eq!(evaluated.iter().filter(|evaluated| **evaluated).count(), 1, "{name}: one evaluation");
        assert!(evaluated[metrics.len() - 1], "{name}: the last generation is evaluated");
        assert!(run.0.join("checkpoints/best.safetensors").exists(), "{name}: and kept");
    }
    assert!(short.0.join("checkpoints/best.safetensors").exists(), "the only generation is evaluated");
}

#[test]
fn results_for_programs_are_json_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    succeed(&run.arguments(&["--set", "generations=1"]));
    let eval: Value =
        serde_json::from_str(&succeed(&["eval", run.path(), "--episodes", "20", "--json"])).expect("JSON");
    for key in ["episodes", "mean", "std", "min", "max", "mean_length", "mean_x_velocity", "reward_terms"] {
        assert!(eval.get(key).is_some(), "eval has no {key}");
    }
    assert_eq!(eval["episodes"], 20, "as many as asked for");
    assert_eq!(eval["reward_terms"]["reward_alive"], eval["mean"], "one term is the whole reward");
    let checkpoint = run.0.join("checkpoints/gen-000001.safetensors");
    let lone = folder.path().join("lone.safetensors");
    fs::copy(checkpoint, &lone).expect("copied");
    let alone = succeed(&["eval", lone.to_str().expect("plain"), "--episodes", "20", "--json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&alone).expect("JSON"),
        eval,
        "a checkpoint alone tells all that eval needs"
    );
    let small =
        ["bench", "cartpole", "--set", "network=Rsnn(neurons: 64)", "--population", "64", "--seconds", "0.1", "--json"];
    for part in ["all", "physics", "policy"] {
        let text = succeed(&[&small[..], &["--part", part, "--steps", "20", "--no-termination"]].concat());
        let bench: Value = serde_json::from_str(&text).expect("JSON");
        let keys = "frames seconds cpu_seconds frames_per_second frames_per_cpu_second startup_seconds startup_cpu_seconds \
                    compile_seconds peak_rss_bytes device_bytes adapter peak passes";
        for key in keys.split_whitespace() {
            assert!(bench.get(key).is_some(), "bench has no {key}");
        }
        let frames = bench["frames"].as_u64().expect("a number");
        assert!(frames > 0 && frames.is_multiple_of(64 * 20), "no episode ends early: {frames} frames");
        let left_out = ["", "network.step", "task.step"]
            [["all", "physics", "policy"].iter().position(|p| *p == part).expect("a part")];
        passes_say_what_they_compute(&bench, left_out);
    }
    let devices: Value = serde_json::from_str(&succeed(&["devices", "--json"])).expect("JSON");
    assert!(devices["devices"].as_array().is_some_and(|list| !list.is_empty()), "a device");
}

/// Rates are counts over seconds, and shares are rates over the measured peak; `left_out` ran not at all, and as there are
/// slots for all members, none was sampled again.
fn passes_say_what_they_compute(bench: &Value, left_out: &str) {
    let number = |value: &Value| value.as_f64().expect("a number");
    let peak = [&bench["peak"]["operations_per_second"], &bench["peak"]["bytes_per_second"]].map(number);
    assert!(peak.iter().all(|peak| *peak > 1e6), "a peak: {peak:?}");
    for pass in bench["passes"].as_array().expect("passes") {
        let [seconds, units, bytes] = ["seconds", "units", "bytes"].map(|key| number(&pass[key]));
        let operations: f64 =
            ["f32", "integer", "popcount"].iter().map(|kind| number(&pass["operations"][*kind])).sum();
        let expected = match (pass["name"].as_str(), pass["unit"].as_str()) {
            (Some(name), _) if [left_out, "algorithm.resample"].contains(&name) => 0.0,
            (_, Some("member")) => 64.0,
            (_, Some("frame")) => 64.0 * 20.0,
            _ => panic!("no unit: {pass}"),
        };
        assert_eq!(units, expected, "{pass}");
        for (count, rate, share, peak) in [
            (operations, "operations_per_second", "share_of_peak_operations", peak[0]),
            (bytes, "bytes_per_second", "share_of_peak_bytes", peak[1]),
        ] {
            assert!(count > 0.0, "{rate}: {pass}");
            let (rate, share) = (number(&pass[rate]), number(&pass[share]));
            assert!((rate * seconds - units * count).abs() <= 1e-6 * units * count, "{pass}");
            assert!((share * peak - rate).abs() <= 1e-6 * rate, "{pass}");
        }
    }
}

#[test]
fn memory_does_not_grow_with_the_population() {
    let bytes = |population: &str| {
        let set = format!("algorithm.population={population}");
        let text = succeed(&["inspect", "cartpole", "--set", &set]);
        text.lines().find(|line| line.starts_with("device memory")).expect("a line").to_string()
    };
    assert_eq!(bytes("10240"), bytes("1000000"), "device memory");
    let bench = |population: &str| -> Value {
        let arguments =
            ["bench", "cartpole", "--set", "network=Rsnn(neurons: 32)", "--steps", "2", "--seconds", "0.1", "--json"];
        let arguments = [&arguments[..], &["--no-autotune"]].concat();
        serde_json::from_str(&succeed(&[&arguments[..], &["--population", population]].concat())).expect("JSON")
    };
    let (small, large) = (bench("4096"), bench("65536"));
    assert_eq!(small["device_bytes"], large["device_bytes"], "device memory");
    let rss = |bench: &Value| bench["peak_rss_bytes"].as_f64().expect("a number");
    let records = 61_440.0 * 64.0; // the host's record of a member, its fitness and utility
    assert!(
        rss(&large) <= 1.1 * rss(&small) + records,
        "resident memory grows from {} to {}",
        rss(&small),
        rss(&large)
    );
}
