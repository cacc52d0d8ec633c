//! States that cease to be numbers: counted, the first one kept, and that member lives again to the same bits.

#[path = "support/program.rs"]
mod program;

use std::fs;

use gpu_ec::{
    config,
    gpu::{Gpu, Selector},
    plan::records::status,
    report::RunDir,
    run::{checkpoint::Checkpoint, nonfinite, replay::Replay},
};
use program::{Run, output, refuse};
use serde_json::Value;

/// Hoppers that are thrown: some of them further than numbers go.
fn thrown(run: &Run, noise: &str) -> Vec<String> {
    let noise = format!("task.reset_noise_scale={noise}");
    let sets = [
        "network=Rsnn(neurons: 32)",
        "algorithm.population=100",
        "generations=3",
        "task.terminate_when_unhealthy=false",
        "task.episode_length=50",
        "curriculum=None",
        "evaluation=(every: 3, episodes: 4)",
        "checkpoint=(every: 1, keep: 9)",
        &noise,
    ];
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    ["run", "hopper_fast", "--out", run.path()].into_iter().chain(sets).map(String::from).collect()
}

#[test]
fn the_first_is_kept_and_lives_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let arguments = thrown(&run, "60");
    let output = output(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let metrics = run.metrics();
    let counts: Vec<u64> = metrics.iter().map(|line| line["nonfinite"].as_u64().expect("a count")).collect();
    let total: u64 = counts.iter().sum();
    assert!(total > 0, "no state went beyond all bounds");
    let dir = RunDir::open(&run.0).expect("a run");
    let first = nonfinite::read(&dir).expect("readable").expect("there is one");
    let line = metrics.iter().find(|line| line["nonfinite_member"] != Value::Null).expect("a line");
    assert_eq!(
        (&line["generation"], &line["nonfinite_member"]),
        (&first.generation.into(), &first.member.into()),
        "{first:?}"
    );
    assert_eq!(first.seed, 0, "the run's");
    let told = format!("generation {}: the state of member {} (seed 0)", first.generation, first.member);
    assert_eq!(said.matches(&told).count(), 1, "`{told}` is said once: {said}");
    assert!(said.contains(&format!("{total} members whose state ceased to be finite")), "in the summary: {said}");

    let config = config::load(config::read(&dir.config()).expect("readable"), &[]).expect("valid");
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let kept = run.0.join(&first.checkpoint);
    if first.generation > 0 {
        let checkpoint = run.checkpoint(first.generation);
        assert!(fs::read(&kept).expect("there") == checkpoint, "that from which the generation was sampled");
    }
    let mut seen = vec![];
    let mut replay = Replay::open(&gpu, &config, &kept).expect("sound");
    assert_eq!(replay.generation(), first.generation, "its generation");
    let record = replay.member(first.member, &mut |step| seen.push(step.clone())).expect("replayed");
    assert_eq!(record.member, first.member, "who");
    assert_eq!(record.length, first.steps, "it lives as long as it did");
    assert!(record.status & status::NON_FINITE != 0, "and ends as it did: {record:?}");
    assert_eq!(seen.len() as u32, record.length + 1, "the start, and every step");
    let largest =
        |state: &[f32]| state.iter().fold(0f32, |most, x| if x.is_nan() { f32::INFINITY } else { most.max(x.abs()) });
    let (last, before) = (&seen[seen.len() - 1], &seen[seen.len() - 2]);
    assert!(largest(&last.state) > 1e10, "the last state is beyond all bounds: {:?}", last.state);
    assert!(largest(&before.state) < 1e10, "the one before is not: {:?}", before.state);

    // any member of any generation that has a checkpoint: the returns are those of the generation
    let checkpoint = run.0.join("checkpoints/gen-000002.safetensors");
    let mut replay = Replay::open(&gpu, &config, &checkpoint).expect("sound");
    let returns: Vec<f64> = (0..100)
        .filter_map(|member| {
            let record = replay.member(member, &mut |_| ()).expect("replayed");
            record.return_sum.is_finite().then_some(f64::from(record.return_sum))
        })
        .collect();
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let expected = metrics[2]["return_mean"].as_f64().expect("a number");
    // the same floats, but summed in another order than that of the metrics
    assert!((mean - expected).abs() <= 1e-9 * expected.abs(), "{mean} instead of {expected}");
    let error = replay.member(100, &mut |_| ()).expect_err("no such member");
    assert!(error.to_string().contains("members of this run are 0 to 99"), "{error}");
    assert!(Checkpoint::read(&checkpoint).is_ok(), "nothing was written to it");
}

#[test]
fn a_generation_without_a_number_stops_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    let arguments = thrown(&run, "1e9");
    refuse(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), 1, "every one of the 100 members is not finite");
    assert!(run.0.join("nonfinite.json").exists(), "the first is kept");
    refuse(&["run", "--resume", run.path()], 1, "every one of the 100 members is not finite");
}
