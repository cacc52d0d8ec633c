//! Runs of arms that learn by forward sensitivities, through the program: table of arms, resumption to the same bytes,
//! the page, and what such runs do not have.

use std::{fs, path::Path};

use crate::support::program::{Run, gpu_ec, refused, succeed};

/// A batch of eight small arms.
const CONFIG: &str = "(
    generations: 4,
    task: ArmBalance(episode_length: 100),
    network: Reservoir(neurons: 40),
    algorithm: ForwardSensitivity(seeds: 2, weight_ranges: [0.05, 0.5], tendon_ratios: [0.0, 0.85]),
    evaluation: (every: 2, episodes: 8),
    checkpoint: (every: 2, keep: 9),
)
";

fn run(folder: &Path, name: &str, more: &[&str]) -> String {
    let file = folder.join("arms.ron");
    fs::write(&file, CONFIG).expect("writable");
    let out = folder.join(name).display().to_string();
    succeed(&[&["run", &file.display().to_string(), "--out", &out, "--quiet"], more].concat());
    out
}

#[test]
fn a_resumed_run_leaves_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = run(folder.path(), "whole", &[]);
    let cut = run(folder.path(), "cut", &["--set", "generations=2"]);
    succeed(&["run", "--resume", &cut, "--set", "generations=4", "--quiet"]);
    for file in ["arms.json", "arms.jsonl", "checkpoints/gen-000004.safetensors", "checkpoints/best.safetensors"] {
        let [a, b] = [&whole, &cut].map(|run| fs::read(Path::new(run).join(file)).expect("written"));
        assert!(a == b, "{file} differs");
    }
    let lines = fs::read_to_string(Path::new(&whole).join("arms.jsonl")).expect("written");
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["loss"].as_array().map(Vec::len), Some(8), "a number an arm");
    let metrics = fs::read_to_string(Path::new(&whole).join("metrics.jsonl")).expect("written");
    let line: serde_json::Value = serde_json::from_str(metrics.lines().last().expect("a line")).expect("JSON");
    assert_eq!(line["frames"], 4 * 8 * 100, "environment steps of all arms");
    let sums: Vec<f64> =
        last["loss_sum"].as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect();
    let mean = -sums.iter().sum::<f64>() / 8.0 / 4.0;
    let told = line["return_mean"].as_f64().expect("a number");
    assert!((told - mean).abs() < 1e-7 * (1.0 + mean.abs()), "{told} for {mean}: in steps of the environment");
}

#[test]
fn the_page_of_a_run_and_what_it_does_not_have() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = run(folder.path(), "run", &[]);
    succeed(&["plot", &run]);
    let page = fs::read_to_string(Path::new(&run).join("plots/arms.md")).expect("a page");
    for part in ["8 arms, 2-40-2 neurons", "weights +-0.05, tendon ratio 0.85", "arms-loss.svg", "arm-spikes-late.svg"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(Path::new(&run).join("plots/arm-angle.svg").is_file(), "figures lie beside it");
    let report: serde_json::Value =
        serde_json::from_str(&succeed(&["eval", &run, "--episodes", "20", "--json"])).expect("JSON");
    assert_eq!(
        (report["episodes"].as_u64(), report["nonfinite"].as_u64()),
        (Some(24), Some(0)),
        "whole rounds of 8 arms"
    );
    assert!(report["mean"].as_f64().is_some_and(|mean| mean < 0.0), "a return in the unit of the task: {report}");
    let file = folder.path().join("arms.ron").display().to_string();
    let bench: serde_json::Value =
        serde_json::from_str(&succeed(&["bench", &file, "--seconds", "0.1", "--json"])).expect("JSON");
    assert!(bench["frames"].as_u64().is_some_and(|frames| frames > 0), "whole generations are timed: {bench}");
    for command in [vec!["spikes", &run, "--out", "s"], vec!["rollout", "--policy", &run, "--out", "o.npz"]] {
        let output = gpu_ec(&command).current_dir(folder.path()).output().expect("the program starts");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{command:?} has nothing to do");
        assert!(errors.contains("independent learners") || errors.contains("reservoir"), "{command:?}: {errors}");
    }
    // lines that tell of fewer arms than there are
    let path = Path::new(&run).join("arms.jsonl");
    let text = fs::read_to_string(&path).expect("written");
    let mut lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    lines[1]["late_loss"].as_array_mut().expect("a list").pop();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&path, text).expect("writable");
    let output = gpu_ec(&["plot", &run]).output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("arms.jsonl:2: it must have 8 numbers of everything"), "{errors}");
    // another batch does not go on from this one's weights
    let output = gpu_ec(&["run", "--resume", &run, "--set", "algorithm.seeds=3"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2), "refused: {}", String::from_utf8_lossy(&output.stderr));
}

/// The lines of the arms are one a generation, as the metrics are, or the run does not go on.
#[test]
fn a_run_that_contradicts_itself_is_not_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = run(folder.path(), "sound", &[]);
    let sound = Run(out.into());
    type Damage<'a> = &'a dyn Fn(&Run);
    let edit = |run: &Run, name: &str, from: &str, to: &str| {
        let path = run.0.join(name);
        let text = fs::read_to_string(&path).expect("there");
        assert!(text.contains(from), "{from} is in {name}");
        fs::write(&path, text.replacen(from, to, 1)).expect("writable");
    };
    let remove = |run: &Run, name: &str| fs::remove_file(run.0.join(name)).expect("there");
    let no_checkpoint = |run: &Run| {
        for name in ["checkpoints/gen-000002.safetensors", "checkpoints/gen-000004.safetensors"] {
            remove(run, name);
        }
    };
    let cases: &[(Damage, &[&str])] = &[
        (&no_checkpoint, &["tells of 4 generations", "no checkpoint", "best.safetensors"]),
        (&|run| remove(run, "arms.jsonl"), &["arms.jsonl is missing", "has 4 generations"]),
        (&|run| remove(run, "metrics.jsonl"), &["metrics.jsonl is missing", "has 4 generations"]),
        (&|run| edit(run, "arms.jsonl", "\"generation\":1,", "\"generation\":2,"), &["arms.jsonl lacks generation 1"]),
        (&|run| edit(run, "config.ron", "seed: 0", "seed: 3"), &["put config.ron back: seed: 0"]),
        (
            &|run| fs::write(run.0.join("checkpoints/gen-000004.safetensors"), []).expect("emptied"),
            &["cut off", "to go on from gen-000002.safetensors", "delete gen-000004.safetensors and resume"],
        ),
    ];
    for (k, (damage, parts)) in cases.iter().enumerate() {
        let run = sound.copied(folder.path(), &format!("case{k}"));
        damage(&run);
        let before = run.contents();
        refused(&["run", "--quiet", "--resume", run.path(), "--set", "generations=6"], 2, parts);
        assert!(run.contents() == before, "case {k}: a file changed");
    }
    let cut = sound.copied(folder.path(), "cut");
    remove(&cut, "checkpoints/gen-000004.safetensors");
    succeed(&["run", "--resume", cut.path(), "--quiet"]);
    assert!(cut.checkpoint(4) == sound.checkpoint(4), "from the one before, to the same bytes");
}

#[test]
fn a_run_that_seconds_end_has_a_generation_and_its_evaluation() {
    let folder = tempfile::tempdir().expect("a folder");
    let endless = ["--set", "generations=100000", "--set", "evaluation.every=100000", "--set", "stop.seconds=0.05"];
    let run = Run(run(folder.path(), "run", &endless).into());
    let metrics = run.metrics();
    assert_eq!(metrics.len(), 1, "the start-up alone takes longer: one generation");
    assert!(!metrics[0]["eval_return"].is_null(), "it is evaluated");
    assert!(run.0.join("checkpoints/best.safetensors").exists(), "and kept");
}
