//! Checkpoints that cannot be taken are refused, with what is wrong and what to do; none is passed over in silence.

mod directories;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::program::{Run, output, refuse, succeed};
use crate::support::sound::{sealed, with_entries};
use gpu_ec::{
    config::{self, Config},
    kernel::device::DeviceTraits,
    plan::Plan,
    run::{RunError, checkpoint::Checkpoint, evolution::engine::Job},
};
use tempfile::TempDir;

/// The runs of [`crate::support::program::SMALL`].
fn small(more: &[&str]) -> (Config, Plan) {
    let sets = ["network=Rsnn(neurons: 64)", "algorithm.population=300"];
    let sets: Vec<String> = sets.iter().chain(more).map(|set| (*set).into()).collect();
    let config = config::load(config::find("cartpole").expect("a preset"), &sets).expect("valid");
    let plan = Plan::new(&config, DeviceTraits::default()).expect("plans");
    (config, plan)
}

/// A finished run of `generations` generations, each with a checkpoint.
fn finished(folder: &Path, name: &str, generations: u32) -> Run {
    let run = Run::in_folder(folder, name);
    succeed(&run.arguments(&["--set", &format!("generations={generations}")]));
    run
}

fn path(run: &Run, generation: u32) -> PathBuf {
    run.0.join(format!("checkpoints/gen-{generation:06}.safetensors"))
}

/// Why all that a resumed run reads of `path` is refused.
fn reason(path: &Path, (config, plan): &(Config, Plan)) -> String {
    let read = || -> Result<(), RunError> {
        let checkpoint = Checkpoint::read(path)?;
        checkpoint.refuse_others(config, plan.task.id())?;
        let state = checkpoint.state(config, plan)?;
        let job = Job::training(state.generation, plan.evolution().expect("evolves").population(), 500);
        checkpoint.open(plan, &job).map(|_| ())
    };
    match read().expect_err("refused") {
        RunError::Checkpoint { path: named, reason } => {
            assert_eq!(named, path.display().to_string(), "it names the file");
            reason
        }
        other => panic!("not the checkpoint's fault: {other}"),
    }
}

/// A file for damaged checkpoints, and the run that would go on from it.
struct Trial {
    folder: TempDir,
    ours: (Config, Plan),
    file: PathBuf,
}

impl Trial {
    /// A sound checkpoint of a finished run, and a trial of its damaged copies.
    fn begin() -> (Vec<u8>, Self) {
        let folder = tempfile::tempdir().expect("a folder");
        let sound = finished(folder.path(), "run", 1).checkpoint(1);
        let file = folder.path().join("file.safetensors");
        (sound, Self { folder, ours: small(&[]), file })
    }

    /// Asserts that `bytes`, written to the file, are refused for a reason that holds all `parts`.
    fn refused(&self, bytes: &[u8], parts: &[&str]) {
        fs::write(&self.file, bytes).expect("writable");
        let reason = reason(&self.file, &self.ours);
        for part in parts {
            assert!(reason.contains(part), "`{part}` is not in: {reason}");
        }
    }
}

/// Replaces `from`, which stands once in the header, by `to` of the same length, and seals the file anew.
fn edited(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "the header keeps its length");
    let find = |file: &[u8], text: &str| file.windows(text.len()).position(|bytes| bytes == text.as_bytes());
    let mut file = file.to_vec();
    let at = find(&file, from).unwrap_or_else(|| panic!("{from} is in the file"));
    file[at..at + to.len()].copy_from_slice(to.as_bytes());
    sealed(file)
}

/// The file with value `index` of a tensor of doubles replaced.
fn with_value(file: &[u8], tensor: &str, index: usize, value: f64) -> Vec<u8> {
    let (length, metadata) = safetensors::SafeTensors::read_metadata(file).expect("sound");
    let start = 8 + length + metadata.info(tensor).expect("there").data_offsets.0 + 8 * index;
    let mut file = file.to_vec();
    file[start..start + 8].copy_from_slice(&value.to_le_bytes());
    sealed(file)
}

#[test]
fn broken_checkpoints_are_told_apart() {
    let (sound, trial) = Trial::begin();
    let refused = |bytes: &[u8], parts: &[&str]| trial.refused(bytes, parts);
    let Trial { folder, ours, file } = &trial;
    fs::write(file, &sound).expect("writable");
    let whole = || Checkpoint::read(file)?.state(&ours.0, &ours.1);
    assert_eq!(whole().expect("sound").generation, 1, "the original is sound");
    let tensors = sound.len() - 8 - u64::from_le_bytes(sound[..8].try_into().expect("8 bytes")) as usize;
    refused(&[], &["cut off"]);
    refused(&sound[..5], &["cut off"]);
    refused(&sound[..100], &["cut off"]);
    refused(&sound[..sound.len() - tensors], &["damaged", "and 0 follow its header"]);
    for (bytes, found) in [(sound[..sound.len() - 1].to_vec(), tensors - 1), ([&sound[..], b"x"].concat(), tensors + 1)]
    {
        refused(&bytes, &["damaged", &format!("have {tensors} bytes, and {found} follow its header")]);
    }
    refused(&[&u64::MAX.to_le_bytes()[..], b"{}"].concat(), &["cut off"]);
    refused(&vec![b'x'; 5000], &["not a checkpoint"]);
    refused(&[&(3u64 << 20).to_le_bytes()[..], &vec![b' '; 4 << 20]].concat(), &["header", "3145728 bytes"]);
    refused(&[&(1u64 << 19).to_le_bytes()[..], &vec![b'['; 1 << 20]].concat(), &["not a checkpoint of gpu-ec"]);
    let foreign = br#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    refused(&[&(foreign.len() as u64).to_le_bytes()[..], foreign, &[0; 4]].concat(), &["not a checkpoint of gpu-ec"]);
    for version in ["2", "5"] {
        let other = edited(&sound, r#""format_version":"4""#, &format!(r#""format_version":"{version}""#));
        refused(&other, &[&format!("format version is {version}"), "reads 4 and 3", "begin a new run"]);
    }
    for at in (0..sound.len()).step_by(997).chain(0..1700) {
        let mut flipped = sound.clone();
        flipped[at] ^= 1 << (at % 8);
        refused(&flipped, &[]);
    }
    fs::remove_file(file).expect("removed");
    assert!(reason(file, ours).contains("no such file"), "missing");
    assert!(reason(folder.path(), ours).contains("not a file"), "a folder");
}

/// Their checksum is right: somebody wrote them so.
#[test]
fn values_that_no_run_writes_are_refused() {
    let (sound, trial) = Trial::begin();
    let refused = |bytes: &[u8], parts: &[&str]| trial.refused(bytes, parts);
    for (tensor, index, value, words) in [
        ("rho.hidden", 77, 1.5, "between 0 and 1"),
        ("rho.input", 0, -0.1, "between 0 and 1"),
        ("rho.output", 3, f64::NAN, "between 0 and 1"),
        ("adam.m.hidden", 5, f64::INFINITY, "finite"),
        ("adam.v.input", 6, -1.0, "at least 0"),
        ("adam.beta_power", 1, 2.0, "between 0 and 1"),
        ("normaliser.mean", 2, f64::NAN, "finite"),
        ("normaliser.m2", 3, -1e-9, "at least 0"),
    ] {
        refused(&with_value(&sound, tensor, index, value), &[&format!("value {index} of tensor `{tensor}`"), words]);
    }
    refused(&edited(&sound, r#""generation":"1""#, r#""generation":"x""#), &["`generation` cannot be x"]);
    refused(&edited(&sound, r#""generation":"1""#, r#""generatiom":"1""#), &["`generation` is missing"]);
    let (_, metadata) = safetensors::SafeTensors::read_metadata(&sound).expect("sound");
    let count = &metadata.metadata().as_ref().expect("a header")["normaliser_count"];
    let entry = |count: &str| format!(r#""normaliser_count":"{count}""#);
    let negative = format!("-{}", &count[1..]);
    refused(&edited(&sound, &entry(count), &entry(&negative)), &["`normaliser_count` cannot be -"]);
    refused(&edited(&sound, r#""seed":"0""#, r#""seed":"7""#), &["seed 7", "this run has seed 0"]);
    refused(
        &edited(&sound, "population: 300", "population: 301"),
        &["algorithm.population 301", "algorithm.population 300"],
    );
    for (key, text, parts) in [
        ("task_id", "hopper@1", &["`task_id` is hopper@1", "cartpole@1"][..]),
        ("generations", "5", &["entry `generations`", "no run writes"]),
        ("seed", "0, generations: 5", &["`seed` is not one value"]),
        ("task", "CartPole(), stop: (frames: 1)", &["`task` is not one value"]),
        ("curriculum", "None) (", &["`curriculum` is not one value"]),
        ("network", "Rsnn(neurons: 64, wings: 2)", &["`network` is Rsnn(neurons: 64, wings: 2)"]),
    ] {
        refused(&with_entries(&sound, &[(key, text)]), parts);
    }
    // a program without the other fields wrote this: they have their defaults
    let Trial { ours, file, .. } = &trial;
    fs::write(file, with_entries(&sound, &[("network", "Rsnn(neurons: 64)"), ("task", "CartPole()")]))
        .expect("written");
    Checkpoint::read(file).and_then(|older| older.refuse_others(&ours.0, "cartpole@1")).expect("the same run");
    refused(&edited(&sound, "\"rho.output\"", "\"rho.outpux\""), &["`rho.output` is missing"]);
    let (config, plan) = small(&["network.neurons=96"]);
    fs::write(file, &sound).expect("writable");
    let learnt = Checkpoint::read(file).expect("sound").learnt(&config, &plan).expect_err("another network");
    assert!(learnt.to_string().contains("[4, 64]") || learnt.to_string().contains("[8, 64]"), "{learnt}");
}

#[test]
fn a_damaged_newest_checkpoint_is_never_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = finished(folder.path(), "whole", 4);
    let run = finished(folder.path(), "run", 4);
    let newest = path(&run, 4);
    let mut damaged = fs::read(&newest).expect("there");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x10;
    fs::write(&newest, &damaged).expect("writable");
    let resume = ["run", "--resume", run.path()];
    for part in [
        "gen-000004.safetensors",
        "damaged",
        "to go on from gen-000003",
        "delete gen-000004.safetensors and resume again",
    ] {
        refuse(&resume, 2, part);
    }
    refuse(&["eval", newest.to_str().expect("plain")], 2, "damaged");
    refuse(&["run", "cartpole", "--out", "none", "--from", newest.to_str().expect("plain")], 2, "damaged");
    assert_eq!(fs::read(&newest).expect("there"), damaged, "nothing is repaired in silence");
    fs::remove_file(&newest).expect("deleted, as the message says");
    succeed(&["run", "--quiet", "--resume", run.path()]);
    run.assert_same(&whole, "gone on from the one before");
    // without an older one
    for generation in [2, 3] {
        fs::remove_file(path(&run, generation)).expect("there");
    }
    fs::write(&newest, &damaged[..1000]).expect("writable");
    refuse(&resume, 2, "there is no older one");
    refuse(&resume, 2, "best.safetensors");
}

#[test]
fn a_checkpoint_of_another_configuration_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = finished(folder.path(), "run", 1);
    let config = run.0.join("config.ron");
    let text = fs::read_to_string(&config).expect("there");
    let curriculum = "curriculum: Some((start_length: 100, grow_from_frames: 9, grow_to_frames: 99))";
    for (from, to, parts) in [
        ("seed: 0", "seed: 5", ["has seed 5", "put config.ron back: seed: 0"]),
        ("learning_rate: 0.15", "learning_rate: 0.25", ["learning_rate 0.25", "back: algorithm.learning_rate: 0.15"]),
        ("neurons: 64", "neurons: 32", ["network.neurons 32", "back: network.neurons: 64"]),
        ("curriculum: None", curriculum, ["curriculum.start_length 100", "back: curriculum: None"]),
    ] {
        fs::write(&config, text.replacen(from, to, 1)).expect("writable");
        assert_ne!(fs::read_to_string(&config).expect("there"), text, "{from} is in the file");
        let said = assert_untouched(&run, &["--set", "generations=4"], &parts);
        // the older checkpoints are of the same run: without them nothing would be left
        assert!(!said.contains("delete") && !said.contains("move away"), "no advice that cannot help: {said}");
    }
    fs::write(&config, text).expect("writable");
    succeed(&["run", "--quiet", "--resume", run.path(), "--set", "generations=4"]);
}

/// A resumed run that is refused with all `parts` changes no file; what it says.
fn assert_untouched(run: &Run, more: &[&str], parts: &[&str]) -> String {
    let before = run.contents();
    let output = output(&[&["run", "--resume", run.path()], more].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in parts {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    assert!(run.contents() == before, "a file changed: {said}");
    said
}

/// Runs of the version before ranked equal returns otherwise: they cannot go on, but what they learnt can be used.
#[test]
fn a_run_that_ranked_otherwise_cannot_go_on_but_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = finished(folder.path(), "run", 1);
    let newest = path(&run, 1);
    let older = edited(&run.checkpoint(1), r#""format_version":"4""#, r#""format_version":"3""#);
    fs::write(&newest, older).expect("writable");
    let newest = newest.to_str().expect("plain");
    let parts = ["format version is 3", "equal return", "not go on to the same bits", &format!("--from {newest}")];
    let resume = ["run", "--resume", run.path(), "--set", "generations=2"];
    parts.into_iter().for_each(|part| refuse(&resume, 2, part));
    succeed(&["eval", newest, "--episodes", "2"]);
    let next = Run::in_folder(folder.path(), "next");
    succeed(&next.arguments(&["--from", newest, "--set", "generations=1"]));
}
