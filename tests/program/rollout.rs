//! `gpu-ec rollout` as a user starts it: MuJoCo's and Gymnasium's numbers, a learnt network's motion against `eval`,
//! the shapes of its files, and what it refuses.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use crate::support::arrays::{Files, array, arrays};
use crate::support::golden;
use crate::support::golden_states::{Errors, Golden, assert_none, norm};
use crate::support::program::{gpu_ec, refused, succeed};
use gpu_ec::{
    config::HopperConfig,
    gpu::Workspace,
    kernel::{
        buffers::BufferId,
        entry::PassId,
        records::{EpisodeRecord, RunParams},
    },
    npz::Element,
    tasks::{
        Shape, Sharing, Starts, Task,
        locomotion::{Axis, Locomotion, Progress, Spec, gymnasium},
    },
};

const DROP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/reference/drop.xml");
const HOPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/robots/hopper.xml");

fn flat(rows: &[Vec<f64>]) -> Vec<f32> {
    rows.iter().flatten().map(|value| *value as f32).collect()
}

/// Row `row` of step `step` of an array `[steps][rows][width]`.
fn at((shape, values): &(Vec<usize>, Vec<f32>), step: usize, row: usize) -> Vec<f64> {
    let width: usize = shape[2..].iter().product();
    let start = (step * shape[1] + row) * width;
    values[start..start + width].iter().map(|value| f64::from(*value)).collect()
}

/// Writes the inputs of Gymnasium's transitions, rolls out one step of each, and compares; `perturbed` moves one
/// control.
fn transitions(name: &str, perturbed: bool) -> Vec<String> {
    let (golden, files) = (Golden::open(&format!("{name}_env")), Files::new());
    let n = golden.count();
    let [q, v, w, action] =
        ["qpos", "qvel", "qacc_warmstart", "action"].map(|name| (golden.rows(name)[0].len(), flat(&golden.rows(name))));
    let (nu, mut controls) = action;
    controls[nu] += if perturbed { 0.01 } else { 0.0 };
    let states = files.npz(
        "states.npz",
        &[
            ("qpos", &[n, q.0], &q.1),
            ("qvel", &[n, v.0], &v.1),
            ("act", &[n, 0], &[]),
            ("qacc_warmstart", &[n, w.0], &w.1),
        ],
    );
    let actions = files.npy("actions.npy", Element::F64, &[1, n, nu], &controls);
    let out = files.name("out.npz");
    succeed(&["rollout", name, "--states", &states, "--actions", &actions, "--out", &out, "--quiet"]);
    let found = |name: &str| array(&out, name);
    let [mut position, mut velocity, mut reward, mut look] = ["qpos", "qvel", "reward", "obs"].map(Errors::new);
    let largest = |found: &[f64], expected: &[f64]| {
        found.iter().zip(expected).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs()))
    };
    let [qpos, qvel, obs, rewards, ends] = ["qpos", "qvel", "obs", "reward", "terminated"].map(found);
    let terminated: Vec<f32> = flat(&golden.rows("terminated"));
    assert_eq!(ends.1, terminated, "ends");
    for row in 0..n {
        position.push(largest(&at(&qpos, 0, row), &golden.rows("next_qpos")[row]));
        velocity.push(largest(&at(&qvel, 0, row), &golden.rows("next_qvel")[row]));
        for (found, expected) in at(&obs, 0, row).iter().zip(&golden.rows("obs")[row]) {
            look.push((found - expected).abs() / (1.0 + expected.abs()));
        }
        // In the other rows, Gymnasium's humanoid starts from the last evaluation of the row before.
        let t = golden.rows("t")[row][0];
        if name != "humanoid" || t == 0.0 || t % 4.0 == 3.0 {
            reward.push((f64::from(rewards.1[row]) - golden.rows("reward")[row][0]).abs());
        }
    }
    // the bars of the golden data's README; contact forces, the last part of the humanoid's observation, have 1e-2
    let bar = if name == "humanoid" { 1e-2 } else { 1e-3 };
    eprintln!("{name}");
    [position.over(5e-6), velocity.over(5e-4), reward.over(1e-3), look.over(bar)].into_iter().flatten().collect()
}

#[test]
fn tasks_give_gymnasiums_transitions() {
    assert_none(&transitions("hopper", false));
    assert_none(&transitions("inverted_pendulum", false));
    assert!(!transitions("hopper", true).is_empty(), "a control that is off by 0.01 is seen");
}

#[test]
fn the_humanoid_gives_gymnasiums_transitions() {
    assert_none(&transitions("humanoid", false));
}

/// One step and a hundred of every golden state, controls outside their ranges included.
#[test]
fn robots_give_mujocos_next_states() {
    for (name, robot, nu) in [("hopper", HOPPER, 3), ("drop", DROP, 0)] {
        let (golden, files) = (Golden::open(&format!("{name}_states")), Files::new());
        let n = golden.count();
        let controls = flat(&golden.rows("ctrl"));
        let held = files.npy("held.npy", Element::F32, &[n, nu], &controls);
        let out = files.name("out.npz");
        let states = golden::path(&format!("{name}_states.npz")).display().to_string();
        succeed(&[
            "rollout",
            robot,
            "--states",
            &states,
            "--actions",
            &held,
            "--steps",
            "100",
            "--out",
            &out,
            "--quiet",
        ]);
        let mut names = arrays(&out);
        names.sort();
        assert_eq!(names, ["act", "qpos", "qvel", "start_act", "start_qpos", "start_qvel"], "a robot observes nothing");
        let (qpos, qvel) = (array(&out, "qpos"), array(&out, "qvel"));
        assert_eq!(qpos.0, [100, n, golden.rows("qpos")[0].len()], "shape");
        assert_eq!(array(&out, "start_qpos").1, flat(&golden.rows("qpos")), "starts reach the device as they are");
        let rows: Vec<usize> = (0..n).filter(|&row| golden.rows("degenerate")[row][0] == 0.0).collect();
        let [mut position, mut velocity] = ["next1_own qpos", "next1_own qvel"].map(Errors::new);
        let mut near = 0;
        let sens = golden.rows("next100_sens");
        for &row in &rows {
            let error = |found: Vec<f64>, expected: &str| {
                let expected = golden.rows(expected)[row].clone();
                let worst = found.iter().zip(&expected).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs()));
                (worst, norm(&expected))
            };
            position.push(error(at(&qpos, 0, row), "next1_own_qpos").0);
            let (worst, size) = error(at(&qvel, 0, row), "next1_own_qvel");
            velocity.push(worst / (1.0 + size));
            let (q, v) =
                (error(at(&qpos, 99, row), "next100_own_qpos").0, error(at(&qvel, 99, row), "next100_own_qvel").0);
            near += usize::from(q <= 1e-5 + 30.0 * sens[row][0] && v <= 1e-4 + 30.0 * sens[row][1]);
        }
        eprintln!("{name}: {near} of {} rows near after 100 steps", rows.len());
        assert_none(&[position.over(2e-6), velocity.over(2e-5)].into_iter().flatten().collect::<Vec<_>>());
        assert!(near as f64 >= 0.9 * rows.len() as f64, "{name}: nine rows of ten stay near");
    }
}

/// Bodies that fall straight from their pose: a capsule stands upright when it meets the floor, so that its axis has no
/// direction there. They come to rest where their shapes let them.
#[test]
fn bodies_that_land_upright_stay_on_the_floor() {
    let files = Files::new();
    let out = files.name("out.npz");
    let report = succeed(&["rollout", DROP, "--random", "--steps", "1500", "--out", &out, "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["nonfinite"], 0, "all states are numbers");
    let qpos = array(&out, "qpos");
    let last = at(&qpos, 1499, 0);
    // half an axis and a radius, or half an edge; soft contacts give way by less than 3 mm
    for (body, rest) in [(0, 0.3), (2, 0.12), (4, 0.2)] {
        let height = last[7 * body + 2];
        assert!((height - rest).abs() < 3e-3, "body {body} rests at {height}, not at {rest}");
    }
}

/// A mass on a rail: `x'' = gear u / m`; two motors, one without a range, one with.
const RAIL: &str = r#"<mujoco>
  <option timestep="0.01" gravity="0 0 0"/>
  <worldbody>
    <body><joint name="x" type="slide" axis="1 0 0"/><geom type="sphere" size="0.1" mass="2"/></body>
    <body pos="0 1 0"><joint name="y" type="slide" axis="1 0 0"/><geom type="sphere" size="0.1" mass="2"/></body>
  </worldbody>
  <actuator>
    <motor joint="x" gear="3"/>
    <motor joint="y" gear="3" ctrlrange="-2 5"/>
  </actuator>
</mujoco>"#;

#[test]
fn controls_are_in_the_motors_units_and_clamped_to_their_ranges() {
    let files = Files::new();
    let robot = files.write("rail.xml", RAIL);
    let rows = [[7.5f32, 0.5], [-40.0, 5.0], [0.25, 9.0], [0.0, -3.0]];
    let held = files.npy("held.npy", Element::F32, &[4, 2], rows.as_flattened());
    let out = files.name("out.npz");
    let states = files.npz("states.npz", &[("qpos", &[4, 2], &[0.0; 8]), ("qvel", &[4, 2], &[0.0; 8])]);
    succeed(&["rollout", &robot, "--states", &states, "--actions", &held, "--steps", "50", "--out", &out]);
    let (qpos, qvel) = (array(&out, "qpos"), array(&out, "qvel"));
    for (row, controls) in rows.iter().enumerate() {
        for step in [0, 9, 49] {
            for (joint, control) in
                [f64::from(controls[0]), f64::from(controls[1]).clamp(-2.0, 5.0)].into_iter().enumerate()
            {
                // semi-implicit Euler: v = n h a, x = h^2 a n (n + 1) / 2; rounding of n sums in f32
                let (a, h, n) = (1.5 * control, 0.01, step as f64 + 1.0);
                let (v, x) = (n * h * a, h * h * a * n * (n + 1.0) / 2.0);
                let (found_v, found_x) = (at(&qvel, step, row)[joint], at(&qpos, step, row)[joint]);
                assert!((found_v - v).abs() <= 1e-7 * n * a.abs(), "row {row}, step {step}: velocity {found_v}, {v}");
                assert!((found_x - x).abs() <= 1e-7 * n * a.abs(), "row {row}, step {step}: position {found_x}, {x}");
            }
        }
    }
}

/// A leg that a muscle turns.
const MUSCLE: &str = r#"<mujoco>
  <worldbody>
    <body>
      <joint name="j" axis="0 1 0" damping="0.1"/>
      <geom type="capsule" size="0.02" fromto="0 0 0 0.3 0 0"/>
    </body>
  </worldbody>
  <actuator>
    <muscle name="m" joint="j" lengthrange="-1 1" force="20" ctrlrange="0 1"/>
  </actuator>
</mujoco>"#;

/// MuJoCo's activations and positions (Newton, 200 iterations, tolerance 0) after five steps from activations that a
/// file gives, one beyond full, and after a hundred from none. Bars of a step: those of the golden data's README, 2e-6.
#[test]
fn activations_start_where_a_file_says_and_are_written() {
    let files = Files::new();
    let robot = files.write("muscle.xml", MUSCLE);
    let out = files.name("out.npz");
    let roll = |rows: usize, steps: &str, controls: &[f32], states: Option<&[f32]>| {
        let held = files.npy("held.npy", Element::F32, &[rows, 1], controls);
        let none = vec![0.0; rows];
        let one = &[rows, 1][..];
        let states =
            states.map(|act| files.npz("states.npz", &[("qpos", one, &none), ("qvel", one, &none), ("act", one, act)]));
        let given: Vec<&str> = states.iter().flat_map(|path| ["--states", path]).collect();
        let usual = ["rollout", &robot, "--actions", &held, "--steps", steps, "--out", &out, "--quiet"];
        succeed(&[&usual[..], &given].concat());
        (array(&out, "act"), array(&out, "qpos"))
    };
    let begin = [0.5, 0.25, 1.5];
    let (act, qpos) = roll(3, "5", &[0.0, 1.0, 0.0], Some(&begin));
    assert_eq!(
        (&act.0[..], array(&out, "start_act")),
        (&[5, 3, 1][..], (vec![3, 1], begin.to_vec())),
        "shapes, starts"
    );
    let mujoco = [[0.370392327, -0.026437916], [0.701833630, -0.023809332], [0.886904908, -0.055646498]];
    for (row, [a, q]) in mujoco.into_iter().enumerate() {
        let (found_a, found_q) = (at(&act, 4, row)[0], at(&qpos, 4, row)[0]);
        assert!((found_a - a).abs() < 5.0 * 2e-6, "row {row}: activation {found_a}, MuJoCo's is {a}");
        assert!((found_q - q).abs() < 5.0 * 2e-6, "row {row}: position {found_q}, MuJoCo's is {q}");
    }
    let (act, _) = roll(1, "100", &[0.5], None);
    assert_eq!(act.0, [100, 1, 1], "an activation a muscle");
    assert!((at(&act, 99, 0)[0] - 0.499999994).abs() < 1e-5, "it comes to the control: {act:?}");
    let inspected = succeed(&["inspect", &robot]);
    assert!(inspected.contains("qpos 1, qvel 1, act 1, ctrl 1"), "the state counts them: {inspected}");
    let wide =
        files.npz("wide.npz", &[("qpos", &[1, 1], &[0.0]), ("qvel", &[1, 1], &[0.0]), ("act", &[1, 2], &[0.0; 2])]);
    let arguments = ["rollout", &robot, "--random", "--steps", "1", "--states", &wide, "--out", &out];
    refused(&arguments, 2, &["array `act`: has the shape (1, 2)", "it must be (1, 1)", "an activation a muscle"]);
}

/// A task of muscles: rows that begin anew do so with their activations, and motions of a network and of a run's
/// members can be replayed from what their files hold.
#[test]
fn motions_of_muscles_begin_anew_and_can_be_replayed() {
    let files = Files::new();
    files.write("muscle.xml", MUSCLE);
    let parts = "healthy: [Joint(joint: \"j\", range: (-0.3, 0.3))], reset_noise_scale: 0.1";
    let task = format!("Locomotion(robot: \"muscle.xml\", episode_length: 60, {parts})");
    let learner = "network: Rsnn(neurons: 32), algorithm: Ec(population: 32), generations: 2";
    let task = files.write("leg.ron", format!("(task: {task}, {learner}, checkpoint: (every: 1))"));
    let out = files.name("out.npz");
    let one = [("qpos", &[1, 1][..], &[0.05][..]), ("qvel", &[1, 1], &[0.5]), ("act", &[1, 1], &[0.7])];
    let (states, held) = (files.npz("one.npz", &one), files.npy("held.npy", Element::F32, &[1, 1], &[0.9]));
    succeed(&["rollout", &task, "--states", &states, "--actions", &held, "--reset", "--out", &out]);
    let (ends, act, qpos) = (array(&out, "terminated").1, array(&out, "act").1, array(&out, "qpos").1);
    let length = 1 + ends.iter().position(|end| *end == 1.0).expect("it falls");
    assert!(length > 2 && 2 * length <= ends.len(), "an episode of {length} steps of {}", ends.len());
    let (first, second) = (..length, length..2 * length);
    assert_eq!((&act[first], &qpos[first]), (&act[second.clone()], &qpos[second]), "the same episode again");

    let run = files.name("run");
    succeed(&["run", &task, "--quiet", "--out", &run]);
    for driven in [&["--policy", &run][..], &["--replay", &run, "--generation", "1", "--member", "3"]] {
        succeed(&[&["rollout", "--rows", "5", "--out", &out][..], driven].concat());
        let act = array(&out, "act");
        assert!(act.1.iter().any(|a| *a != 0.0), "the muscle is used");
        replay(&files, &out, &task, &["--steps", &act.0[0].to_string()]);
    }
}

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

/// Rolls out the starts and controls that `path` holds: what both files hold has the same bytes.
fn replay(files: &Files, path: &str, task: &str, more: &[&str]) {
    let [q, v, a] = ["start_qpos", "start_qvel", "start_act"].map(|name| array(path, name));
    let states = files.npz("starts.npz", &[("qpos", &q.0, &q.1), ("qvel", &v.0, &v.1), ("act", &a.0, &a.1)]);
    let out = files.name("replay.npz");
    succeed(&[&["rollout", task, "--states", &states, "--actions", path, "--out", &out], more].concat());
    let names = arrays(&out);
    assert!(names.len() >= 5 && !names.contains(&"actions".to_string()), "{names:?}");
    for name in names {
        assert!(array(&out, &name) == array(path, &name), "{name} of the replay differs");
    }
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

/// Both shapes of the physics with starts and controls from outside, on kernels that only real GPUs would be given: a
/// hopper whose progress is that of its centre of mass, so that the start must be looked at before the first step.
#[test]
fn both_shapes_take_starts_and_controls_from_outside() {
    let (golden, gpu) = (Golden::open("hopper_env"), crate::support::golden_gpu::open());
    let (n, model) = (golden.count(), golden::model("hopper"));
    let spec = Spec { progress: Some(Progress::CentreOfMass(Axis::X)), ..gymnasium::<HopperConfig>(&model) };
    let task = Locomotion::new(spec, model).expect("the robot is in the subset");
    let step = |sharing: Sharing| -> (Vec<f32>, Vec<EpisodeRecord>) {
        let shape = Shape { n_slots: n, workgroup: 8, sharing };
        let kernels = task.rollout_kernels(&shape, Starts::Given).expect("composes");
        let mut workspace = Workspace::new(&gpu, &[kernels.reset.clone(), kernels.step.clone()]).expect("compiles");
        workspace.alloc(BufferId::Run, size_of::<RunParams>() as u64).expect("memory");
        let controls = flat(&golden.rows("action"));
        workspace.alloc(BufferId::Control, 4 * controls.len() as u64).expect("memory");
        workspace.write(BufferId::Control, &controls);
        let mut bench = crate::support::golden_gpu::Bench::new(&task, workspace, n, kernels.slots_per_workgroup);
        let [q, v, w] = ["qpos", "qvel", "qacc_warmstart"].map(|name| golden.rows(name));
        let unknown = vec![vec![f64::NAN]; n]; // the place of the centre of mass follows from the state
        bench.set_state(&[&q, &v, &w, &unknown]);
        let run = RunParams { episode_cap: u32::MAX, ..Default::default() };
        bench.dispatch(PassId::TaskReset, run);
        bench.dispatch(PassId::TaskStep, run);
        (bench.read(BufferId::TaskState), bench.episodes())
    };
    let (straight, shared) = (step(Sharing::Never), step(Sharing::Always));
    for (name, (state, episodes)) in [("straight-line", &straight), ("cooperative", &shared)] {
        let [mut position, mut reward] = ["next_qpos", "reward"].map(|what| Errors::new(format!("{name} {what}")));
        for row in 0..n {
            for (k, expected) in golden.rows("next_qpos")[row].iter().enumerate() {
                position.push((f64::from(state[k * n + row]) - expected).abs());
            }
            reward.push((f64::from(episodes[row].return_sum) - f64::from(straight.1[row].return_sum)).abs());
        }
        assert_none(&[position.over(5e-6), reward.over(1e-3)].into_iter().flatten().collect::<Vec<_>>());
        assert!(episodes.iter().all(|episode| episode.return_sum.is_finite()), "rewards of {name}");
    }
}

#[test]
fn what_cannot_be_rolled_out_is_refused() {
    let files = Files::new();
    let out = files.name("out.npz");
    let refuse = |arguments: &[&str], parts: &[&str]| {
        refused(&[&["rollout", "--out", &out], arguments].concat(), 2, parts);
        assert!(!files.path("out.npz").exists(), "nothing is written");
    };
    let states = |name: &str, arrays: &[(&'static str, &[usize], &[f32])]| files.npz(name, arrays);
    let good = states("good.npz", &[("qpos", &[2, 6], &[0.5; 12]), ("qvel", &[2, 6], &[0.0; 12])]);
    let held = files.npy("held.npy", Element::F32, &[2, 3], &[0.0; 6]);
    let hopper = |states: &str, parts: &[&str]| refuse(&["hopper", "--states", states, "--actions", &held], parts);

    refuse(&["hopper"], &["--actions", "--random", "--policy"]);
    refuse(&["--random"], &["<TASK|ROBOT.xml>"]);
    refuse(&["hopper", "--random", "--actions", &held], &["cannot be used with"]);
    refuse(&["hopper", "--random", "--states", &good, "--rows", "3"], &["cannot be used with"]);
    refuse(&["hoper", "--random"], &["did you mean `hopper`?"]);
    refuse(&["hopper", "--random", "--set", "task.nothing=1"], &["--set:1:6"]);
    refuse(&["hopper", "--random", "--integrator", "euler"], &["task.integrator"]);
    refuse(&["--policy", "none"], &["there is no run directory or checkpoint none"]);
    refuse(&["none.xml", "--random", "--steps", "1"], &["none.xml: cannot be read"]);
    refuse(&[HOPPER, "--random"], &["--steps"]);
    refuse(&[HOPPER, "--random", "--steps", "1", "--set", "task.integrator=Euler"], &["--set needs a task"]);
    let wrong = files.write("wrong.xml", "<mujoco><worldbody><body><joint type=\"ball\"/></body></worldbody></mujoco>");
    refuse(&[&wrong, "--random", "--steps", "1"], &["wrong.xml:1:", "<joint> attribute `type`", "`ball`"]);
    let still = "<mujoco><worldbody><body><geom size=\"1\"/></body></worldbody></mujoco>";
    refuse(&[&files.write("still.xml", still), "--random", "--steps", "1"], &["still.xml", "has no joint"]);

    hopper("none.npz", &["cannot read none.npz"]);
    hopper(&held, &["held.npy", "is not an .npz file"]);
    hopper(&states("a.npz", &[("qpos", &[2, 6], &[0.0; 12])]), &["a.npz: holds no array `qvel`", "(N, 6)"]);
    hopper(&states("b.npz", &[("qvel", &[2, 6], &[0.0; 12])]), &["b.npz: holds no array `qpos`"]);
    let narrow = [("qpos", &[2, 5][..], &[0.0; 10][..]), ("qvel", &[2, 6], &[0.0; 12])];
    hopper(&states("c.npz", &narrow), &["array `qpos`: has the shape (2, 5)", "(N, 6)"]);
    let short = [("qpos", &[2, 6][..], &[0.0; 12][..]), ("qvel", &[1, 6], &[0.0; 6])];
    hopper(&states("d.npz", &short), &["array `qvel`: has the shape (1, 6)", "(2, 6)"]);
    hopper(&states("e.npz", &[("qpos", &[0, 6], &[]), ("qvel", &[0, 6], &[])]), &["(0, 6)"]);
    let mut nan = [0.0; 12];
    nan[8] = f32::NAN;
    let not_finite = [("qpos", &[2, 6][..], &nan[..]), ("qvel", &[2, 6], &[0.0; 12])];
    hopper(&states("f.npz", &not_finite), &["array `qpos`: row 1, column 2 is NaN"]);
    let typo = [("qpos", &[2, 6][..], &[0.0; 12][..]), ("qvel", &[2, 6], &[0.0; 12]), ("qacc_warmstat", &[1], &[0.0])];
    hopper(&states("g.npz", &typo), &["array `qacc_warmstat`", "did you mean `qacc_warmstart`?"]);
    let active = [("qpos", &[2, 6][..], &[0.0; 12][..]), ("qvel", &[2, 6], &[0.0; 12]), ("act", &[2, 1], &[0.0; 2])];
    hopper(&states("h.npz", &active), &["array `act`: has the shape (2, 1)", "no activation"]);
    let drop = golden::model("drop").sizes;
    let lost = vec![0.0; drop.nq];
    let zero = [("qpos", &[1, drop.nq][..], &lost[..]), ("qvel", &[1, drop.nv], &lost[..drop.nv])];
    refuse(
        &[DROP, "--random", "--steps", "1", "--states", &states("i.npz", &zero)],
        &["row 0 has a quaternion of length 0"],
    );

    let act = |actions: &str, more: &[&str], parts: &[&str]| {
        refuse(&[&["hopper", "--states", &good, "--actions", actions], more].concat(), parts);
    };
    let npy = |name: &str, shape: &[usize]| files.npy(name, Element::F32, shape, &vec![0.0; shape.iter().product()]);
    act("none.npy", &[], &["cannot read none.npy"]);
    act(&good, &[], &["good.npz: holds no array `actions`"]);
    act(&files.write("k.npy", std::fs::read(&good).expect("a file")), &[], &["is not a NumPy array"]);
    act(&npy("l.npy", &[2, 4]), &[], &["has the shape (2, 4)", "(T, N, 3)", "(N, 3)"]);
    act(&npy("m.npy", &[3, 3]), &[], &["--actions has 3 rows, --states 2"]);
    act(&npy("n.npy", &[5, 2, 3]), &["--steps", "6"], &["--steps 6 is more than the 5 steps"]);
    act(&npy("o.npy", &[0, 2, 3]), &[], &["(0, 2, 3)"]);
    let infinite = files.npy("p.npy", Element::F32, &[1, 2, 3], &[0.0, 0.0, 0.0, 0.0, f32::INFINITY, 0.0]);
    act(&infinite, &[], &["p.npy", "row 1, column 1 is inf"]);
    let cut = std::fs::read(npy("q.npy", &[2, 3])).expect("a file");
    act(&files.write("q.npy", &cut[..cut.len() - 2]), &[], &["q.npy: ends before the 6 values"]);

    refuse(
        &["hopper", "--random", "--rows", "4000000000", "--steps", "1"],
        &["4000000000 rows need", "binds at most", "rows"],
    );
    let long = ["hopper", "--random", "--rows", "1000", "--steps", "4000000000"];
    refuse(&long, &["4000000000 steps of 1000 rows take", "are free in", "--steps or rows"]);
    let nowhere = files.name("no/out.npz");
    refused(&["rollout", "hopper", "--random", "--steps", "1", "--out", &nowhere], 1, &["cannot write", "no/out.npz"]);
}

/// The limit on the size of files stands for a full disk: a write fails in the middle.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_stops_the_rollout() {
    let files = Files::new();
    let robot = files.write("rail.xml", RAIL);
    let out = files.name("out.npz");
    let mut command = Command::new("bash"); // the signal that comes with the limit must not end the program
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_gpu-ec"), "rollout", &robot]);
    command.args(["--random", "--steps", "3000000", "--out", &out]).stdin(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("bash");
    // Device memory counts as files, so that the limit must come after it is made: once some steps are written.
    let open = format!("/proc/{}/fd", child.id());
    let written = || {
        let entries = std::fs::read_dir(&open).into_iter().flatten().flatten().map(|entry| entry.path());
        let own = |path: &std::path::PathBuf| {
            std::fs::read_link(path).is_ok_and(|target| target.starts_with(files.folder()))
                && std::fs::metadata(path).is_ok_and(|file| file.len() > 100_000)
        };
        entries.filter(own).count() > 0
    };
    while !written() {
        assert!(child.try_wait().expect("alive").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(5));
    }
    let limit = ["--pid", &child.id().to_string(), "--fsize=100000"];
    assert!(Command::new("prlimit").args(limit).status().expect("prlimit").success(), "limited");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write") && said.contains("ulimit -f"), "{said}");
    let left: Vec<_> = std::fs::read_dir(files.folder()).expect("listed").collect();
    assert_eq!(left.len(), 1, "only the robot is there: {left:?}");
}

/// Ctrl-C: exit code 130, and nothing is left.
#[cfg(unix)]
#[test]
fn an_interrupted_rollout_leaves_nothing() {
    let files = Files::new();
    let robot = files.write("rail.xml", RAIL);
    let out = files.name("out.npz");
    let arguments = ["rollout", &robot, "--random", "--steps", "3000000", "--out", &out, "--log", "debug"];
    let mut child = gpu_ec(&arguments).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    // the kernels are compiled: it listens to signals
    assert!(lines.by_ref().any(|line| line.expect("text").contains("in the driver")), "it says that it compiles");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("nothing was written")), "{rest:?}");
    let left: Vec<_> = std::fs::read_dir(files.folder()).expect("listed").collect();
    assert_eq!(left.len(), 1, "only the robot is there: {left:?}");
}
