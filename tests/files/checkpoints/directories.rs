//! Run directories that contradict themselves: nothing is done over or overwritten, and the advice helps.

use std::fs;

use super::assert_untouched;
use super::finished;
use super::path;
use crate::support::program::Run;
use crate::support::program::output;
use crate::support::program::succeed;

/// The lines of the metrics at these places, counted from 0.
fn keep_lines(run: &Run, keep: &[usize]) {
    let path = run.0.join("metrics.jsonl");
    let text = fs::read_to_string(&path).expect("metrics");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    fs::write(path, keep.iter().map(|line| lines[*line]).collect::<String>()).expect("writable");
}

#[test]
fn a_run_that_contradicts_itself_is_not_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = finished(folder.path(), "sound", 4);
    let remove =
        |run: &Run, names: &[&str]| names.iter().for_each(|name| fs::remove_file(run.0.join(name)).expect(name));
    let no_checkpoint = |run: &Run| [2, 3, 4].iter().for_each(|k| fs::remove_file(path(run, *k)).expect("there"));
    type Damage<'a> = &'a dyn Fn(&Run);
    let cases: &[(Damage, &[&str])] = &[
        (
            &|run| fs::remove_dir_all(run.0.join("checkpoints")).expect("removed"),
            &["tells of 4 generations", "no checkpoint"],
        ),
        (
            &no_checkpoint,
            &["tells of 4 generations", "no checkpoint", "--from", "best.safetensors", "--out NEW_FOLDER"],
        ),
        (
            &|run| {
                no_checkpoint(run);
                keep_lines(run, &[0])
            },
            &["`kept` says", "no checkpoint"],
        ),
        (
            &|run| {
                no_checkpoint(run);
                remove(run, &["metrics.jsonl", "checkpoints/best.safetensors"])
            },
            &["`kept` says"],
        ),
        (
            &|run| {
                no_checkpoint(run);
                remove(run, &["metrics.jsonl", "kept"]);
                went_on(run)
            },
            &["adapters.jsonl says"],
        ),
        (
            &|run| remove(run, &["metrics.jsonl"]),
            &["metrics.jsonl is missing", "has 4 generations", "gen-000004.safetensors"],
        ),
        (&|run| keep_lines(run, &[]), &["ends after 0 generations"]),
        (&|run| keep_lines(run, &[0, 1]), &["ends after 2 generations", "checkpoint has 4"]),
        (&|run| keep_lines(run, &[0, 3]), &["lacks generations 1 to 2 before its line 2"]),
        (&|run| keep_lines(run, &[1, 2, 3]), &["lacks generation 0 before its line 1"]),
        (&|run| keep_lines(run, &[0, 1, 1, 2, 3]), &["line 3 of metrics.jsonl is generation 1 once more"]),
        (&other_frames, &["frames after 4 generations", "another run"]),
    ];
    for (k, (damage, parts)) in cases.iter().enumerate() {
        let run = sound.copied(folder.path(), &format!("case{k}"));
        damage(&run);
        assert_untouched(&run, &["--set", "generations=3"], parts);
        assert_untouched(&run, &["--set", "generations=6"], parts);
        let rest = run.0.join("checkpoints/best.safetensors").exists() || path(&run, 4).exists();
        if rest {
            succeed(&["eval", run.path(), "--episodes", "4"]);
        }
    }
    let plotted = sound.copied(folder.path(), "plotted");
    keep_lines(&plotted, &[0, 3]);
    succeed(&["plot", plotted.path(), "--quiet"]);
}

/// A session that says that it began at a later generation.
fn went_on(run: &Run) {
    let path = run.0.join("adapters.jsonl");
    let text = fs::read_to_string(&path).expect("adapters");
    fs::write(path, text.replacen("\"generation\":0", "\"generation\":2", 1)).expect("writable");
}

fn other_frames(run: &Run) {
    let path = run.0.join("metrics.jsonl");
    let text = fs::read_to_string(&path).expect("metrics");
    let last = run.metrics().last().expect("a line")["frames"].to_string();
    fs::write(&path, text.replace(&format!("\"frames\":{last}"), &format!("\"frames\":{last}1"))).expect("writable");
}

/// Checkpoints are due after fifty generations: the one at the end was the only one.
#[test]
fn a_best_network_alone_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    succeed(&run.arguments(&["--set", "checkpoint.every=50"]));
    fs::remove_file(path(&run, 4)).expect("there");
    for generations in ["generations=3", "generations=4", "generations=9"] {
        assert_untouched(&run, &["--set", generations], &["no checkpoint", "--from", "best.safetensors"]);
    }
}

#[test]
fn advice_to_delete_is_given_only_where_it_helps() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = finished(folder.path(), "whole", 4);
    let run = whole.copied(folder.path(), "run");
    for generation in [3, 4] {
        fs::write(path(&run, generation), []).expect("emptied");
    }
    let advice = "to go on from gen-000002.safetensors instead, which repeats to the same bits, delete gen-000003.safetensors, \
                  gen-000004.safetensors and resume again";
    assert_untouched(&run, &[], &["gen-000004.safetensors", "cut off", advice]);
    let none = run.copied(folder.path(), "none");
    fs::write(path(&none, 2), []).expect("emptied");
    let said =
        assert_untouched(&none, &[], &["no older one can be taken either", "--from", "best.safetensors", "--out"]);
    assert!(!said.contains("delete"), "it would not help: {said}");
    fs::write(none.0.join("checkpoints/best.safetensors"), []).expect("emptied");
    let said = assert_untouched(&none, &[], &["no older one can be taken either", "--out"]);
    assert!(!said.contains("--from"), "nothing is left to begin from: {said}");
    for generation in [3, 4] {
        fs::remove_file(path(&run, generation)).expect("deleted, as the message says");
    }
    let resumed = output(&["run", "--resume", run.path()]);
    let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(resumed.status.success() && said.contains("generations 3 to 4 are done once more"), "{said}");
    run.assert_same(&whole, "gone on from the second");
}
