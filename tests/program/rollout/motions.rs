//! Motions that must be equal to the last bit: of one file's controls in all its shapes, of a seed, of a policy.

use super::{at, replay};
use crate::support::arrays::{Files, array};
use crate::support::program::succeed;
use gpu_ec::npz::Element;

/// The same controls held, for every step, in both precisions, and as an array of an archive: the same bytes.
#[test]
fn all_shapes_of_controls_give_the_same_motion() {
    let files = Files::new();
    let (n, steps) = (5, 70);
    let one: Vec<f32> = (0..3 * n).map(|i| (i as f32 * 0.37).sin()).collect();
    let all = one.repeat(steps);
    let given = [
        files.npy("held.npy", Element::F32, &[n, 3], &one),
        files.npy("f32.npy", Element::F32, &[steps, n, 3], &all),
        files.npy("f64.npy", Element::F64, &[steps, n, 3], &all),
        files.npz("all.npz", &[("actions", &[steps, n, 3], &all)]),
        files.npz("one.npz", &[("actions", &[n, 3], &one)]),
    ];
    let motion = |actions: &str, out: &str| {
        let out = files.name(out);
        let more = ["--steps", "70", "--set", "device.submission_ms=1"];
        succeed(&[&["rollout", "hopper_fast", "--actions", actions, "--seed", "3", "--out", &out], &more[..]].concat());
        std::fs::read(out).expect("a file")
    };
    let first = motion(&given[0], "0.npz");
    for (index, actions) in given.iter().enumerate().skip(1) {
        assert!(motion(actions, &format!("{index}.npz")) == first, "{actions} moves otherwise");
    }
    let other = files.npy("other.npy", Element::F32, &[n, 3], &[0.0; 15]);
    assert!(motion(&other, "other.npz") != first, "other controls, another motion");
}

/// Random controls and starts of a seed, and their replay from the written file.
#[test]
fn random_motion_depends_on_the_seed_and_can_be_replayed() {
    let files = Files::new();
    let random = |seed: &str, out: &str| {
        let out = files.name(out);
        succeed(&["rollout", "hopper_fast", "--random", "--rows", "6", "--steps", "40", "--seed", seed, "--out", &out]);
        out
    };
    let (first, again, other) = (random("1", "1.npz"), random("1", "again.npz"), random("2", "2.npz"));
    let read = |path: &str| std::fs::read(path).expect("a file");
    assert!(read(&first) == read(&again), "a seed is a motion");
    assert!(read(&first) != read(&other), "another seed is another");
    let controls = array(&first, "actions");
    assert_eq!(controls.0, [40, 6, 3], "shape");
    assert!(controls.1.iter().all(|x| (-1.0..1.0).contains(x)), "within the range");
    replay(&files, &first, "hopper_fast", &[]);
}

/// A learnt network: the motion's rewards sum to what `eval` says of the same starts, to the bit, since both add them
/// up in f32 and in order; and the exported controls move the body in the same way without the network.
#[test]
fn the_motion_of_a_policy_is_that_which_eval_judges() {
    let files = Files::new();
    let run = files.name("run");
    let small = [
        "evaluation=(every: 1, episodes: 4)",
        "network=Rsnn(neurons: 64)",
        "algorithm.population=32",
        "generations=1",
        "task.episode_length=200",
    ];
    let sets: Vec<&str> = small.iter().flat_map(|set| ["--set", set]).collect();
    for preset in ["hopper_fast", "cartpole"] {
        let _ = std::fs::remove_dir_all(&run);
        succeed(&[&["run", preset, "--quiet", "--out", &run][..], &sets].concat());
        let eval = succeed(&["eval", &run, "--episodes", "7", "--seed", "5", "--json"]);
        let eval: serde_json::Value = serde_json::from_str(&eval).expect("JSON");
        let out = files.name("motion.npz");
        let policy = ["rollout", "--policy", &run, "--rows", "7", "--seed", "5", "--out", &out, "--json"];
        let report: serde_json::Value = serde_json::from_str(&succeed(&policy)).expect("JSON");
        let (reward, ends) = (array(&out, "reward"), array(&out, "terminated"));
        let [steps, rows] = reward.0[..] else { panic!("shape of the rewards") };
        let lengths: Vec<usize> = (0..rows)
            .map(|row| (0..steps).find(|step| ends.1[step * rows + row] == 1.0).map_or(steps, |step| step + 1))
            .collect();
        let sum = |row: usize| (0..lengths[row]).fold(0.0f32, |sum, step| sum + reward.1[step * rows + row]);
        let mean = (0..rows).map(|row| f64::from(sum(row))).sum::<f64>() / rows as f64;
        assert_eq!(eval["mean"].as_f64(), Some(mean), "{preset}: mean return");
        assert_eq!(report["mean_return"].as_f64(), Some(mean), "{preset}: mean return of the report");
        let length = lengths.iter().sum::<usize>() as f64 / rows as f64;
        assert_eq!(eval["mean_length"].as_f64(), Some(length), "{preset}: mean length");
        assert!(lengths.iter().any(|length| *length < steps), "{preset}: an episode ended, and its row went on");
        replay(&files, &out, preset, &[]);
        begins_anew(&files, &run, &lengths, &array(&out, "qpos"));
    }
}

/// With `--reset` a row is as before up to its first end, then near the start pose again; from given states at its own.
fn begins_anew(files: &Files, run: &str, lengths: &[usize], before: &(Vec<usize>, Vec<f32>)) {
    let drawn = files.name("drawn.npz");
    let rows = lengths.len();
    succeed(&["rollout", "--policy", run, "--episodes", &rows.to_string(), "--seed", "5", "--reset", "--out", &drawn]);
    let qpos = array(&drawn, "qpos");
    let starts = array(&drawn, "start_qpos");
    let start = |row: usize| starts.1[row * starts.0[1]..][..starts.0[1]].to_vec();
    let states = files.npz(
        "states.npz",
        &[("qpos", &starts.0, &starts.1), ("qvel", &array(&drawn, "start_qvel").0, &array(&drawn, "start_qvel").1)],
    );
    let given = files.name("given.npz");
    succeed(&["rollout", "--policy", run, "--states", &states, "--seed", "5", "--reset", "--out", &given]);
    let own = array(&given, "qpos");
    let far = |found: Vec<f64>, start: &[f32]| {
        found.iter().zip(start).fold(0.0, |worst: f64, (a, b)| worst.max((a - f64::from(*b)).abs()))
    };
    let mut ended = 0;
    for (row, &length) in lengths.iter().enumerate().take(rows) {
        for step in 0..length {
            assert_eq!(at(&qpos, step, row), at(before, step, row), "up to the end it is the same motion");
            assert_eq!(at(&own, step, row), at(before, step, row), "given or drawn");
        }
        if length + 1 >= before.0[0] {
            continue;
        }
        ended += 1;
        // a step moves no joint by more than 0.05 (CartPole 0.02); starts differ by less than 0.11
        assert!(far(at(&qpos, length, row), &start(row)) < 0.16, "row {row} is near the start pose");
        assert!(far(at(&own, length, row), &start(row)) < 0.05, "row {row} is at its own start");
        assert!(far(at(&before.clone(), length, row), &start(row)) > 0.05, "row {row} was elsewhere without a reset");
    }
    assert!(ended > 0, "some rows ended");
}
