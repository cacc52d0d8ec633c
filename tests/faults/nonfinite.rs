//! States that cease to be numbers: counted, the first one kept, and that member lives again to the same bits.

use std::fs;

use crate::support::program::{Run, output, refuse, succeed};
use gpu_ec::{
    npz::Npz,
    report::{RunDir, Subject, notes},
    run::evolution::nonfinite,
};
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
    let kept = notes::read(&dir.notes()).expect("readable");
    assert!(kept.iter().any(|note| note.subject == Subject::Nonfinite && note.text.contains(&told)), "{kept:?}");

    let kept = run.0.join(&first.checkpoint);
    if first.generation > 0 {
        let checkpoint = run.checkpoint(first.generation);
        assert!(fs::read(&kept).expect("there") == checkpoint, "that from which the generation was sampled");
    }
    let file = folder.path().join("motion.npz");
    let file = file.to_str().expect("a plain path");
    let replay = |more: &[&str]| -> Value {
        let arguments = ["rollout", "--replay", run.path(), "--out", file, "--json"];
        serde_json::from_str(&succeed(&[&arguments[..], more].concat())).expect("JSON")
    };
    let report = replay(&[]);
    assert_eq!(report["steps"], first.steps, "it lives as long as it did");
    assert_eq!(report["first_nonfinite"], serde_json::json!([0, first.steps - 1]), "and ends as it did");
    let qpos = Npz::open(file.as_ref()).expect("readable").array("qpos").expect("readable").expect("there");
    assert_eq!(qpos.shape, [first.steps as usize, 1, 6], "one hopper, every step");

    // any members of any generation that has a checkpoint: their returns are those of the generation
    let all = replay(&["--generation", "2", "--member", "0", "--rows", "100"]);
    let (mean, expected) = (&all["mean_return"], &metrics[2]["return_mean"]);
    let (mean, expected) = (mean.as_f64().expect("a number"), expected.as_f64().expect("a number"));
    // the same floats, but summed in another order than that of the metrics
    assert!((mean - expected).abs() <= 1e-9 * expected.abs(), "{mean} instead of {expected}");
    let others = replay(&["--generation", "1", "--member", "0", "--rows", "100"]);
    assert_ne!(others["mean_return"], all["mean_return"], "another generation is another");
    let refused = |more: &[&str], part| {
        refuse(&[&["rollout", "--replay", run.path(), "--out", file], more].concat(), 2, part);
    };
    refused(&["--generation", "2", "--member", "90", "--rows", "11"], "members of this run are 0 to 99");
    refused(&["--generation", "2", "--member", "4294967295"], "there is no member 4294967295");
    refused(&["--generation", "7", "--member", "0"], "checkpoints of generations 1, 2, 3");
    refused(&["--generation", "2"], "--member");
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

/// A capsule that an arm throws about: the motor is far too strong for the time step, so that some are gone within two
/// steps.
const EXPLODES: &str = r#"<mujoco>
  <option timestep="0.02"/>
  <worldbody>
    <geom type="plane" size="5 5 .1"/>
    <body pos="0 0 .5">
      <freejoint/>
      <geom type="capsule" size=".05 .2" density="1000"/>
      <body pos=".2 0 0">
        <joint name="a" axis="0 1 0" stiffness="1"/>
        <geom type="capsule" fromto="0 0 0 .2 0 0" size=".005" density="100"/>
      </body>
    </body>
  </worldbody>
  <actuator><motor joint="a" ctrlrange="-1 1" gear="500"/></actuator>
</mujoco>"#;

/// Evaluations whose episodes cease to be finite: counted and warned of, no part of any mean, and never the best.
#[test]
fn episodes_that_explode_are_in_no_mean() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::in_folder(folder.path(), "run");
    fs::write(folder.path().join("explodes.xml"), EXPLODES).expect("writable");
    let file = folder.path().join("explodes.ron");
    let text = "(task: Locomotion(robot: \"explodes.xml\", episode_length: 2, frame_skip: 2), network: Rsnn(neurons: 32, \
                bias_input: true), algorithm: Ec(population: 32), generations: 2, evaluation: (every: 1, episodes: 16))";
    fs::write(&file, text).expect("writable");
    let output = output(&["run", file.to_str().expect("plain"), "--out", run.path()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let broken: Vec<u64> = run.metrics().iter().map(|line| line["eval_nonfinite"].as_u64().expect("a count")).collect();
    assert!(broken.iter().all(|broken| *broken > 0), "{broken:?} of 16 episodes");
    assert!(!run.0.join("checkpoints/best.safetensors").exists(), "none of these is the best");
    let remark = format!("generation 0: {} of 16 episodes of the deterministic network ceased to be finite", broken[0]);
    assert_eq!(said.matches("episodes of the deterministic network").count(), 1, "said once: {said}");
    let notes = notes::read(&RunDir::open(&run.0).expect("a run").notes()).expect("readable");
    let of = |subject| notes.iter().filter(|note| note.subject == subject).collect::<Vec<_>>();
    let (kept, members) = (of(Subject::EvaluationNonfinite), of(Subject::Nonfinite));
    assert!(said.contains(&remark) && kept[0].text.contains(&remark), "{remark}: {said}");
    let unlike_masses = of(Subject::Precision).len();
    assert_eq!((kept.len(), members.len(), unlike_masses, notes.len()), (1, 1, 1, 3), "each once: {notes:?}");

    let arguments = ["eval", run.path(), "--episodes", "40", "--seed", "3"];
    let report: Value = serde_json::from_str(&succeed(&[&arguments[..], &["--json"]].concat())).expect("JSON");
    let broken = report["nonfinite"].as_u64().expect("a count");
    assert!(broken > 0, "{report}");
    let shown = self::output(&arguments);
    let (shown, warned) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(shown.contains("not finite") && shown.contains(&broken.to_string()), "{shown}");
    assert!(warned.contains(&format!("warning: {broken} of 40 episodes")), "{warned}");
    let out = folder.path().join("motion.npz");
    let out = out.to_str().expect("plain");
    let rollout = ["rollout", "--policy", run.path(), "--rows", "40", "--seed", "3", "--out", out, "--json"];
    let motion: Value = serde_json::from_str(&succeed(&rollout)).expect("JSON");
    assert_eq!(motion["nonfinite_rows"], report["nonfinite"], "the same episodes");
    assert_eq!(motion["mean_return"], report["mean"], "the mean of the others");
}
