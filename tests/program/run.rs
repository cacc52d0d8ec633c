//! Runs as a user starts them: same seed, same bytes, whatever the slab.

use std::fs;

use crate::support::program::{Run, output, refuse, succeed};
use gpu_ec::{
    report::{RunDir, notes},
    run::checkpoint::Checkpoint,
};
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

/// Episodes too short for any pole to fall: all returns are equal, so that nothing is learnt and nothing moves, not by
/// the memory of Adam and not by the decay of weights.
#[test]
fn generations_of_equal_returns_take_no_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let learners = [
        ("bits", "algorithm=Ec(population: 65, weight_decay: 0.1)", "network=Rsnn(neurons: 64)", "rho"),
        (
            "floats",
            "algorithm=Es(population: 64, optimizer: AdamW, weight_decay: 0.1)",
            "network=Lstm(units: 32)",
            "mean",
        ),
    ];
    for (name, algorithm, network, symbol) in learners {
        let run = |length: &str| {
            let run = Run::in_folder(folder.path(), &format!("{name}{length}"));
            let length = format!("task.episode_length={length}");
            succeed(&run.arguments(&["--set", algorithm, "--set", network, "--set", &length]));
            run
        };
        let (equal, usual) = (run("5"), run("100"));
        let norms = |run: &Run| -> Vec<f64> {
            run.metrics().iter().map(|line| line["update_norm"].as_f64().expect("a number")).collect()
        };
        assert_eq!(norms(&equal), [0.0; 4], "{name}: no step");
        assert!(norms(&usual).iter().all(|norm| *norm > 0.0), "{name}: where returns differ there are steps");
        let matrices = |generation: u32, prefix: &str| -> Vec<(String, usize, Vec<f64>)> {
            let path = equal.0.join(format!("checkpoints/gen-{generation:06}.safetensors"));
            Checkpoint::read(&path).expect("sound").matrices_of(prefix).expect("matrices")
        };
        let learnt = matrices(4, symbol);
        assert!(!learnt.is_empty() && learnt == matrices(2, symbol), "{name}: parameters stay");
        let memory = [matrices(4, "adam.m"), matrices(4, "adam.v")].concat();
        assert_eq!(memory.len(), 2 * learnt.len(), "{name}: two moments");
        let zeros = memory.iter().flat_map(|(_, _, values)| values).all(|value| *value == 0.0);
        assert!(zeros, "{name}: nothing is remembered");
    }
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

/// Rates are counts over seconds, and shares are rates over the measured peak; `left_out` ran not at all, and as there
/// are slots for all members, none was sampled again.
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

/// A ball that starts below what the task calls healthy.
const FOOT: &str = r#"<mujoco>
  <option timestep="0.005"/>
  <worldbody>
    <geom type="plane" size="5 5 .1"/>
    <body name="b1" pos="0 0 .12">
      <freejoint/>
      <geom size=".1" mass="1"/>
      <body name="b2" pos="0.3 0 0"><joint name="j" axis="0 1 0"/><geom size=".08" mass=".5"/></body>
    </body>
  </worldbody>
  <actuator><motor joint="j" ctrlrange="-1 1"/></actuator>
</mujoco>"#;

/// What a run says of `what`, and the notes that it keeps of it.
fn warned(arguments: &[&str], run: &Run, what: &str) -> (usize, Vec<String>) {
    let output = output(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let notes = notes::read(&RunDir::open(&run.0).expect("a run").notes()).expect("readable");
    let texts = notes.into_iter().map(|note| note.text).filter(|text| text.contains(what)).collect();
    (said.matches(&format!("warning: {what}")).count(), texts)
}

#[test]
fn a_start_outside_the_healthy_range_is_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("foot.xml"), FOOT).expect("writable");
    let task = |range: &str| {
        let file = folder.path().join("foot.ron");
        let healthy = format!("healthy: [Height(range: {range}), Upright(range: (0.5, inf))]");
        let task = format!("task: Locomotion(robot: \"foot.xml\", {healthy}, episode_length: 20)");
        fs::write(&file, format!("({task}, network: Rsnn(neurons: 32), algorithm: Ec(population: 8), generations: 1)"))
            .expect("writable");
        file.to_str().expect("plain").to_string()
    };
    let what = "the start pose is unhealthy, height: 0.12 m is not within 0.5 to 1:";
    let run = Run::in_folder(folder.path(), "low");
    let (said, kept) = warned(&["run", &task("(0.5, 1.0)"), "--out", run.path()], &run, what);
    assert_eq!((said, kept.len()), (1, 1), "{kept:?}");
    assert!(kept[0].contains("change the range, the start pose"), "what to do: {kept:?}");
    let resume = ["run", "--resume", run.path(), "--set", "generations=2"];
    assert_eq!(warned(&resume, &run, what), (0, kept), "not again, and it is still there");
    let sound = Run::in_folder(folder.path(), "sound");
    warned(&["run", &task("(0.1, 1.0)"), "--out", sound.path()], &sound, what);
    assert!(!sound.0.join("notes.jsonl").exists(), "nothing to note");
    let hopper = Run::in_folder(folder.path(), "hopper");
    let small = ["network=Rsnn(neurons: 32)", "algorithm.population=8", "generations=1", "evaluation.episodes=2"];
    let sets: Vec<&str> =
        small.iter().chain(&["task.healthy_z_range=(5, inf)"]).flat_map(|set| ["--set", set]).collect();
    let what = "the start pose is unhealthy, height of the torso: 1.25 m is not within 5 to inf:";
    let (said, kept) = warned(&[&["run", "hopper_fast", "--out", hopper.path()][..], &sets].concat(), &hopper, what);
    assert_eq!((said, kept.len()), (1, 1), "{kept:?}");
}

/// Masses that 32-bit floats cannot tell apart in one tree: a run notes them, a rollout of the robot says it.
#[test]
fn masses_too_far_apart_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("foot.xml"), FOOT.replace("mass=\".5\"", "mass=\".0005\"")).expect("writable");
    let task = "task: Locomotion(robot: \"foot.xml\", episode_length: 20)";
    fs::write(
        path("foot.ron"),
        format!("({task}, network: Rsnn(neurons: 32), algorithm: Ec(population: 8), generations: 1)"),
    )
    .expect("writable");
    let what = "body 1 `b1` is 2000 times heavier than body 2 `b2` of the same tree";
    let run = Run::in_folder(folder.path(), "light");
    let (said, kept) = warned(&["run", &path("foot.ron"), "--out", run.path()], &run, what);
    assert_eq!((said, kept.len()), (1, 1), "{kept:?}");
    assert!(kept[0].contains("give the light one mass"), "what to do: {kept:?}");
    let rollout = output(&["rollout", &path("foot.xml"), "--random", "--steps", "2", "--out", &path("motion.npz")]);
    let said = String::from_utf8_lossy(&rollout.stderr);
    assert!(rollout.status.success() && said.contains(&format!("warning: {what}")), "{said}");
}

#[test]
fn a_network_that_never_fires_is_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let what = "generation 1: no neuron of any member spiked";
    let run = |name: &str, gain: &str, generations: &str| {
        let run = Run::in_folder(folder.path(), name);
        let (gain, generations) = (format!("network.gain_in={gain}"), format!("generations={generations}"));
        let small =
            ["network=Rsnn(neurons: 32)", "algorithm.population=16", "evaluation.episodes=2", "checkpoint.every=1"];
        let sets: Vec<&str> =
            small.into_iter().chain([&gain[..], &generations]).flat_map(|set| ["--set", set]).collect();
        let found = warned(&[&["run", "cartpole", "--out", run.path()][..], &sets].concat(), &run, what);
        (run, found)
    };
    let (whole, (said, kept)) = run("whole", "0.0", "4");
    assert_eq!((said, kept.len()), (1, 1), "{kept:?}");
    assert!(kept[0].contains("raise network.gain_in, or set network.bias_input=true"), "what to do: {kept:?}");
    let (cut, found) = run("cut", "0.0", "1");
    assert_eq!(found, (0, vec![]), "the first generation may be anything");
    let resume = |generations: &str| {
        warned(&["run", "--resume", cut.path(), "--set", &format!("generations={generations}")], &cut, what)
    };
    assert_eq!(resume("3"), (1, kept.clone()), "after the second");
    assert_eq!(resume("4"), (0, kept), "not again");
    let notes = |run: &Run| fs::read(run.0.join("notes.jsonl")).expect("there");
    assert_eq!(notes(&cut), notes(&whole), "the same notes over interruptions");
    let (sound, found) = run("sound", "1.0", "2");
    assert_eq!((found, sound.0.join("notes.jsonl").exists()), ((0, vec![]), false), "others fire");
}
