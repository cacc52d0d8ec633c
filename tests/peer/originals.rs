//! On demand (`cargo test --release --test originals`): the robot files that come with Gymnasium, those of
//! `tests/physics/robots`, and generated ones (`GPU_EC_GENERATED` says how many) compile to the constants that MuJoCo
//! gives them. Needs Python with MuJoCo and Gymnasium (`make peer-venv`); `GPU_EC_PYTHON` names another interpreter.

#[path = "../support/mod.rs"]
mod support;

use std::{path::Path, process::Command};

use gpu_ec::physics::{mjcf, model::Model};
use support::constants::compare_within;

/// Robots outside the subset, and what the refusal names.
const REFUSED: [(&str, &str); 2] = [("pusher", "capsule and cylinder"), ("pusher_v5", "capsule and cylinder")];

/// What a script of this folder prints.
fn run(script: &str, arguments: &[String]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var("GPU_EC_PYTHON").unwrap_or_else(|_| root.join(".venv/bin/python").display().to_string());
    let mut command = Command::new(&python);
    command.arg(root.join("tests/peer").join(script)).args(arguments);
    let output = command.output().unwrap_or_else(|error| panic!("{python}: {error}; `make peer-venv` makes it"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Runs `dump_models.py`: names of robots, their files, MuJoCo's constants.
fn dumped(files: &[String]) -> Vec<(String, String, Model)> {
    let out = tempfile::tempdir().expect("a folder");
    let arguments: Vec<_> = std::iter::once(out.path().display().to_string()).chain(files.iter().cloned()).collect();
    let listing = run("dump_models.py", &arguments);
    let robot = |line: &str| {
        let (name, file) = line.split_once(' ').expect("a name and a file");
        let text = std::fs::read_to_string(out.path().join(format!("{name}_model.json"))).expect("constants");
        (name.to_string(), file.to_string(), serde_json::from_str(&text).expect("constants"))
    };
    listing.lines().map(robot).collect()
}

/// Of robots that are made: with masses that differ by a factor of 1e5, f64 has five digits less (relative to `1 +
/// |x|`).
const GENERATED: f64 = 1e-9;
/// Of the others.
const TOLERANCE: f64 = 1e-12;

fn differences(robots: &[(String, String, Model)], tolerance: f64) -> Vec<String> {
    let mut failures = vec![];
    for (name, file, theirs) in robots {
        let refused = REFUSED.iter().find(|(robot, _)| robot == name);
        match (mjcf::compile(file, &std::fs::read_to_string(file).expect("a robot")), refused) {
            (Ok(compiled), None) => {
                let comparer = compare_within(&compiled.model, theirs, tolerance);
                eprintln!("{name}: worst difference {:.1e}, skipped {:?}", comparer.worst, compiled.skipped);
                failures.extend(comparer.differences.iter().map(|difference| format!("{name}: {difference}")));
            }
            (Err(error), Some((_, part))) if error.to_string().contains(part) => eprintln!("refused: {error}"),
            (Err(error), _) => failures.push(error.to_string()),
            (Ok(_), Some(_)) => failures.push(format!("{name} compiles: take it off the list of those refused")),
        }
    }
    failures
}

#[test]
fn gymnasiums_files_compile_to_mujocos_constants() {
    let robots = dumped(&[]);
    assert!(robots.len() >= 14, "Gymnasium has its files");
    let failures = differences(&robots, TOLERANCE);
    assert!(failures.is_empty(), "{failures:#?}");
}

/// The robots in a folder.
fn robots_in(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("robots").map(|entry| entry.expect("a file").path());
    files.map(|file| file.display().to_string()).filter(|file| file.ends_with(".xml")).collect()
}

/// Default classes in each other, attributes in any order, short vectors, what follows from the start pose.
#[test]
fn generated_files_compile_to_mujocos_constants() {
    let folder = tempfile::tempdir().expect("a folder");
    let count = std::env::var("GPU_EC_GENERATED").unwrap_or_else(|_| "400".into());
    let arguments = ["--write", &folder.path().display().to_string(), "--count", &count].map(String::from);
    run("generated.py", &arguments);
    let robots = dumped(&robots_in(folder.path()));
    assert_eq!(robots.len().to_string(), count, "as many robots as are asked for");
    let failures = differences(&robots, GENERATED);
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn our_own_files_compile_to_mujocos_constants() {
    let robots = dumped(&robots_in(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/physics/robots"))));
    assert!(robots.len() >= 12, "the robots are there");
    let failures = differences(&robots, TOLERANCE);
    assert!(failures.is_empty(), "{failures:#?}");
    let mut changed = robots;
    changed[0].2.body_mass[1] *= 1.0 + 1e-9;
    assert_eq!(differences(&changed, TOLERANCE).len(), 1, "a small change is seen");
}
