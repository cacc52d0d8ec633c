//! Comparisons as a user makes them: run, cut off, resumed, refused, reported; and the figures of `gpu-ec plot`.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::support::program::{Run, output, refuse, refused, succeed};
use serde_json::Value;

const EXPERIMENT: &str = r#"(
    title: "Two <populations> & a pole",
    entries: [
        (name: "EC, 64", algorithm: Ec(population: 64)),
        (name: "EC, 96", set: ["algorithm.population=96"]),
    ],
    tasks: [(name: "CartPole", base: "cartpole", set: ["network.neurons=64", "evaluation=(every: 1, episodes: 16)", "checkpoint.every=1"])],
    seeds: [0, 1],
    budget: (generations: 3),
)
"#;

/// Writes an experiment; returns the paths of the file and of the folder for its results.
fn experiment(folder: &Path, text: &str) -> (String, String) {
    let file = folder.join("poles.ron");
    fs::write(&file, text).expect("writable");
    (file.display().to_string(), folder.join("out").display().to_string())
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path.as_ref()).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// All texts of an SVG file, which must be well-formed.
fn texts(svg: &str) -> Vec<String> {
    let tree = roxmltree::Document::parse(svg).expect("well-formed XML");
    let texts = tree.descendants().filter(|node| node.has_tag_name("text"));
    texts.filter_map(|node| node.text()).map(|text| text.trim().to_string()).collect()
}

/// All metrics but the time they took, of every run.
fn metrics(out: &str) -> Vec<Value> {
    let mut lines = vec![];
    for entry in ["EC__64", "EC__96"] {
        for seed in [0, 1] {
            for line in read(format!("{out}/runs/CartPole/{entry}/seed-{seed}/metrics.jsonl")).lines() {
                let mut line: Value = serde_json::from_str(line).expect("JSON");
                line.as_object_mut().expect("an object").remove("timing");
                lines.push(line);
            }
        }
    }
    lines
}

#[test]
#[cfg(unix)]
fn a_comparison_that_is_cut_off_goes_on_and_reports() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, out) = experiment(folder.path(), &EXPERIMENT.replace("checkpoint.every=1", "checkpoint.every=5"));
    let arguments = ["compare", &file, "--out", &out, "--set", "budget.generations=12"];
    let mut child = crate::support::program::gpu_ec(&arguments)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let second = format!("{out}/runs/CartPole/EC__96/seed-0/metrics.jsonl");
    let begun = Instant::now();
    while !Path::new(&second).exists() && begun.elapsed() < Duration::from_secs(120) {
        sleep(Duration::from_millis(5));
    }
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success(), "the program was still at work");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "interrupted");
    let listing = succeed(&[&arguments[..], &["--dry-run"]].concat());
    for state in ["finished", "begun", "missing"] {
        assert!(listing.contains(state), "one run is {state}:\n{listing}");
    }
    let answer = succeed(&arguments);
    assert!(answer.trim().ends_with("report/report.html"), "the report is named: {answer}");
    let whole = format!("{out}-whole");
    succeed(&["compare", &file, "--out", &whole, "--set", "budget.generations=12", "--quiet"]);
    assert_eq!(metrics(&out).len(), 48, "12 generations of 4 runs");
    assert_eq!(metrics(&out), metrics(&whole), "as if it had never been cut off");
    for cell in ["EC__64/seed-0", "EC__64/seed-1", "EC__96/seed-0", "EC__96/seed-1"] {
        let files = |out: &str| Run(format!("{out}/runs/CartPole/{cell}").into()).files();
        assert_eq!(files(&out), files(&whole), "{cell}: the interruption left no checkpoint of its own");
    }
    check_report(&out);

    let again = output(&arguments);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(said.contains("0 runs done now, 4 finished before"), "finished runs are skipped: {said}");
    let before = fs::read(format!("{out}/report/report.html")).expect("a report");
    succeed(&["compare", &file, "--out", &out, "--set", "budget.generations=12", "--report-only"]);
    assert_eq!(fs::read(format!("{out}/report/report.html")).expect("a report"), before, "equal runs, equal bytes");
    let another = ["compare", &file, "--out", &out, "--set", "tasks[0].base=\"inverted_pendulum\""];
    refused(
        &another,
        2,
        &["holds a run of another configuration", "task: CartPole there, InvertedPendulum here", "--out"],
    );
    check_plots(&format!("{out}/runs/CartPole/EC__64/seed-0"));
    check_spikes(&format!("{out}/runs/CartPole/EC__64/seed-0"));
}

fn check_report(out: &str) {
    let markdown = read(format!("{out}/report/report.md"));
    for part in [
        "# Two &lt;populations&gt; &amp; a pole",
        "| EC, 64 | 2 |",
        "E_one = P_u N I S",
        "| CartPole | EC, 96 | rsnn |",
    ] {
        assert!(markdown.contains(part), "{part} is not in the report:\n{markdown}");
    }
    let html = read(format!("{out}/report/report.html"));
    assert!(html.contains("<h1>Two &lt;populations&gt; &amp; a pole</h1>"), "text is escaped");
    assert_eq!(html.matches("<svg").count(), 3, "the figures are in the file");
    for (name, axis) in [("generations", "generations"), ("frames", "training frames"), ("time", "wall time (s)")] {
        let texts = texts(&read(format!("{out}/report/CartPole-{name}.svg")));
        for wanted in ["CartPole", axis, "return of an episode", "EC, 64", "EC, 96"] {
            assert!(texts.iter().any(|text| text == wanted), "{name}: {wanted} is not in {texts:?}");
        }
    }
    let json: Value = serde_json::from_str(&read(format!("{out}/report/report.json"))).expect("JSON");
    let row = &json["rows"][0];
    let last: Vec<f64> =
        row["runs"].as_array().expect("runs").iter().map(|run| run["last"].as_f64().expect("a return")).collect();
    let written: Vec<f64> = [0, 1].map(|seed| last_evaluation(out, seed)).into();
    assert_eq!(last, written, "last returns are those of the metrics");
    let (mean, half) = ((last[0] + last[1]) / 2.0, (last[0] - last[1]).abs() / 2.0);
    assert_eq!(row["last"]["mean"].as_f64(), Some(mean), "mean of two seeds");
    let deviation = row["last"]["deviation"].as_f64().expect("two seeds have one");
    assert!((deviation - half * 2.0_f64.sqrt()).abs() < 1e-9, "deviation of two seeds");
    let (energy, model) = (&row["energy"], &row["model"]);
    assert_eq!(model["parameters"], 2 * 4 * 64 + 64 * 64 + 64 * 2, "parameters of the network");
    let number = |value: &Value| value.as_f64().expect("a number");
    let of = |name: &str| number(&energy["inputs"][name]);
    let updates = 81e-12 * of("neurons") * 4.0 * of("steps");
    assert!((number(&energy["joules"]["updates"]) / updates - 1.0).abs() < 1e-9, "energy of the updates");
    assert_eq!(read(format!("{out}/report/runs.csv")).lines().count(), 5, "a line a run");
}

fn last_evaluation(out: &str, seed: u32) -> f64 {
    let text = read(format!("{out}/runs/CartPole/EC__64/seed-{seed}/metrics.jsonl"));
    let line: Value = serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
    line["eval_return"].as_f64().expect("the last generation is evaluated")
}

fn check_plots(run: &str) {
    let answer = succeed(&["plot", run, "--quiet"]);
    for part in ["hidden", "64 x 64", "E->I", &format!("{run}/plots")] {
        assert!(answer.contains(part), "{part} is not in:\n{answer}");
    }
    let files = [
        ("return-frames", "training frames"),
        ("eval-generations", "generations"),
        ("rate-frames", "spikes of a neuron (Hz)"),
        ("entropy-generations", "mean entropy (bits)"),
        ("rho-hidden", "postsynaptic"),
        ("degrees-output", "share of the neurons"),
    ];
    for (name, axis) in files {
        let texts = texts(&read(format!("{run}/plots/{name}.svg")));
        assert!(texts.iter().any(|text| text == axis), "{name}: {axis} is not in {texts:?}");
    }
    let json: Value = serde_json::from_str(&read(format!("{run}/plots/connectivity.json"))).expect("JSON");
    let hidden = json["matrices"].as_array().expect("matrices").iter().find(|matrix| matrix["name"] == "hidden");
    let hidden = hidden.expect("the hidden matrix");
    let blocks = hidden["blocks"].as_array().expect("blocks");
    let mean: f64 = blocks.iter().map(|block| block["density"].as_f64().expect("a share")).sum::<f64>() / 4.0;
    assert!(
        (mean - hidden["density"].as_f64().expect("a share")).abs() < 1e-12,
        "four blocks of equal size make the whole"
    );
    refuse(&["plot", run, run], 2, "--out");
    refuse(&["plot", "none"], 2, "none is not a run directory");
}

/// The network with real weights as well.
#[test]
fn real_weights_spike_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let learner = ["--set", "network=RsnnF32(neurons: 64)", "--set", "algorithm=Es(population: 64, sigma: 0.3)"];
    succeed(&run.arguments(&learner));
    check_spikes(run.path());
}

/// Substep by substep the network does what it does step by step: the same motion, and as many spikes as the file
/// holds.
fn check_spikes(run: &str) {
    let report: Value = serde_json::from_str(&succeed(&["spikes", run, "--json", "--quiet"])).expect("JSON");
    let number = |value: &Value| value.as_f64().expect("a number");
    let motion = format!("{run}/motion.npz");
    let rollout = succeed(&["rollout", "--policy", run, "--out", &motion, "--json", "--quiet"]);
    let rollout: Value = serde_json::from_str(&rollout).expect("JSON");
    assert_eq!(number(&report["return_sum"]), number(&rollout["mean_return"]), "the same motion");
    let mut arrays = npyz::npz::NpzArchive::open(format!("{run}/spikes/spikes.npz")).expect("an npz file");
    let spikes = arrays.by_name("spikes").expect("readable").expect("there");
    let steps = number(&report["steps"]) as u64;
    assert_eq!(spikes.shape(), [steps, 33, 64], "steps, substeps, neurons");
    let bytes: Vec<u8> = spikes.into_vec().expect("bytes");
    let count = bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    assert_eq!(report["spikes"].as_u64(), Some(count), "all spikes");
    let rate = count as f64 / (64.0 * steps as f64 * 33.0 * 0.5e-3);
    assert!(rate > 0.0 && (number(&report["rate_hz"]) / rate - 1.0).abs() < 1e-9, "rate: {rate} Hz");
    for (name, axis) in [("raster", "simulated time (ms)"), ("rates", "spikes of a neuron (Hz)")] {
        let texts = texts(&read(format!("{run}/spikes/{name}.svg")));
        assert!(texts.iter().any(|text| text == axis), "{name}: {axis} is not in {texts:?}");
    }
    refuse(&["spikes", run, "--from-ms", "1e9"], 2, "ms of simulated time");
}

#[test]
fn mistakes_are_shown_at_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = [
        ("population: 64", "population: 1", &["poles.ron:4:52", "out of range"][..]),
        ("\"cartpole\"", "\"cartpool\"", &["poles.ron:7:38", "did you mean `cartpole`?"]),
        ("\"EC, 96\"", "\"EC_ 64\"", &["poles.ron:5:16", "given twice"]),
        ("population=96", "populatoin=96", &["entries[1].set[0]:1:11", "did you mean `population`?"]),
        ("[0, 1]", "[]", &["`seeds` is empty"]),
        ("budget: (generations: 3)", "budget: (generatoins: 3)", &["poles.ron:9:14", "did you mean `generations`?"]),
    ];
    for (old, new, parts) in wrong {
        let (file, out) = experiment(folder.path(), &EXPERIMENT.replacen(old, new, 1));
        refused(&["compare", &file, "--out", &out], 2, parts);
        assert!(!Path::new(&out).exists(), "nothing is begun");
    }
    let (file, out) = experiment(folder.path(), EXPERIMENT);
    refused(
        &["compare", &file, "--out", &out, "--only", "EC, 65"],
        2,
        &["no entry or task `EC, 65`", "did you mean `EC, 64`?"],
    );
    refused(&["compare", &file, "--out", &out, "--report-only"], 2, &["nothing to report"]);
    refused(&["compare", "population_small"], 2, &["did you mean `populations_small`?"]);
}

/// A run that cannot go on leaves the others alone, and the exit code tells.
#[test]
fn a_run_that_fails_does_not_lose_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, out) = experiment(folder.path(), EXPERIMENT);
    let arguments = ["compare", &file, "--out", &out, "--only", "EC, 64", "--quiet"];
    succeed(&arguments);
    let run = format!("{out}/runs/CartPole/EC__64/seed-0");
    fs::write(format!("{run}/checkpoints/gen-000003.safetensors"), "no checkpoint").expect("writable");
    let answer = output(&["compare", &file, "--out", &out, "--set", "budget.generations=4"]);
    let said = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert_eq!(answer.status.code(), Some(1), "{said}");
    for part in ["1 runs failed", "CartPole, EC, 64, seed 0", "gen-000003.safetensors"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    let lines = read(format!("{out}/runs/CartPole/EC__96/seed-1/metrics.jsonl")).lines().count();
    assert_eq!(lines, 4, "the others ran");
    assert!(read(format!("{out}/report/report.md")).contains("not complete"), "the report says what is missing");
}

/// Seconds are those of all processes, and a run that has spent them is finished for good.
#[test]
fn a_budget_of_seconds_ends_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, out) = experiment(folder.path(), EXPERIMENT);
    let budget = "budget=(generations: 1000000, seconds: 1.0)";
    let arguments = ["compare", &file, "--out", &out, "--set", budget, "--set", "seeds=[0]", "--only", "EC, 64"];
    let said = |output: std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let first = said(output(&arguments));
    assert!(first.contains("stop.seconds have passed") && first.contains("1 runs done now"), "{first}");
    let second = said(output(&arguments));
    assert!(second.contains("0 runs done now, 1 finished before"), "{second}");
    let longer = ["compare", &file, "--out", &out, "--set", "budget=(generations: 1000000, seconds: 1.5)"];
    let listing = succeed(&[&longer[..], &["--set", "seeds=[0]", "--only", "EC, 64", "--dry-run"]].concat());
    assert!(listing.contains("begun"), "a larger budget goes on: {listing}");
}

/// Every embedded experiment is valid, and each of its runs has a configuration.
#[test]
fn embedded_experiments_are_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("none").display().to_string();
    let names: Vec<&str> = gpu_ec::config::experiments().iter().map(|preset| preset.name).collect();
    assert!(!names.is_empty(), "there are some");
    let list = succeed(&["presets"]);
    for name in names {
        assert!(list.contains(name), "{name} is listed");
        let runs = succeed(&["compare", name, "--out", &out, "--dry-run"]);
        assert!(runs.lines().count() > 4 && runs.contains("seed 0"), "{name}: {runs}");
    }
}

/// The README's commands are those of this program.
#[test]
fn the_readmes_comparisons_are_possible() {
    let readme = include_str!("../../README.md");
    let commands: Vec<&str> = readme.lines().filter(|line| line.starts_with("gpu-ec compare")).collect();
    assert!(commands.len() >= 3, "the README has some: {commands:?}");
    let folder = tempfile::tempdir().expect("a folder");
    for command in commands {
        let words = command.split('#').next().unwrap_or_default().split_whitespace().skip(1);
        let mut arguments: Vec<&str> = words.filter(|word| *word != "--dry-run").collect();
        arguments.push("--dry-run");
        let output = crate::support::program::gpu_ec(&arguments)
            .current_dir(folder.path())
            .output()
            .expect("the program starts");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !output.stdout.is_empty(), "{command}: {errors}");
    }
}
