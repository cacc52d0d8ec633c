//! MuJoCo's, Gymnasium's and closed forms' numbers, on the program's kernels and on those that only real GPUs get.

use super::{DROP, HOPPER, RAIL, at, flat};
use crate::support::arrays::{Files, array, arrays};
use crate::support::golden;
use crate::support::golden_states::{Errors, Golden, assert_none, norm};
use crate::support::program::succeed;
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
        Sharing, Starts, Task, TaskLaunch,
        locomotion::{Axis, Locomotion, Progress, Spec, gymnasium},
    },
};

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

/// Both shapes of the physics with starts and controls from outside, on kernels that only real GPUs would be given: a
/// hopper whose progress is that of its centre of mass, so that the start must be looked at before the first step.
#[test]
fn both_shapes_take_starts_and_controls_from_outside() {
    let (golden, gpu) = (Golden::open("hopper_env"), crate::support::golden_gpu::open());
    let (n, model) = (golden.count(), golden::model("hopper"));
    let spec = Spec { progress: Some(Progress::CentreOfMass(Axis::X)), ..gymnasium::<HopperConfig>(&model) };
    let task = Locomotion::new(spec, model).expect("the robot is in the subset");
    let step = |sharing: Sharing| -> (Vec<f32>, Vec<EpisodeRecord>) {
        let shape = TaskLaunch { n_slots: n, workgroup: 8, sharing };
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
