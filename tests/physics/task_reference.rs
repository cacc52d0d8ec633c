//! The task oracle (`support/tasks`) against Gymnasium's own transitions, each from its own start state.

use std::collections::BTreeMap;

use crate::support::golden;
use crate::support::npz::Npz;
use crate::support::physics::State;
use crate::support::tasks::{Env, Task};
use gpu_ec::physics::model::Model;

/// The worst error of each quantity, relative to 1 + size.
type Worst = BTreeMap<String, f64>;

fn note(worst: &mut Worst, name: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{name} has one length on both sides");
    let entry = worst.entry(name.into()).or_default();
    for (a, b) in ours.iter().zip(theirs) {
        let error = (a - b).abs() / (1.0 + b.abs());
        *entry = entry.max(if error.is_nan() { f64::INFINITY } else { error });
    }
}

fn measure(task: Task, robot: &str, change: impl Fn(&mut Model)) -> Worst {
    let mut model = golden::model(robot);
    change(&mut model);
    let file = Npz::open(golden::path(&format!("{robot}_env.npz")));
    let rows = |name: &str| file.rows(name);
    let (qpos, qvel, warm, action) = (rows("qpos"), rows("qvel"), rows("qacc_warmstart"), rows("action"));
    let (obs, reward, ended, t) = (rows("obs"), rows("reward"), rows("terminated"), rows("t"));
    let (next_qpos, next_qvel) = (rows("next_qpos"), rows("next_qvel"));
    let mut worst = Worst::new();
    let mut env = Env::new(task, &model, &qpos[0], &qvel[0]);
    for row in 0..qpos.len() {
        let mut state = State::new(&qpos[row], &qvel[row]);
        state.warm = Some(warm[row].clone());
        // In the other rows, Gymnasium's last evaluation is that of the row before.
        env.set_state(state, t[row][0] == 0.0 || t[row][0] % 4.0 == 3.0);
        let outcome = env.step(&action[row]);
        note(&mut worst, "next_qpos", &env.state.qpos, &next_qpos[row]);
        note(&mut worst, "next_qvel", &env.state.qvel, &next_qvel[row]);
        note_observation(&mut worst, task, &outcome.obs, &obs[row]);
        note(&mut worst, "reward", &[outcome.reward], &reward[row]);
        note(&mut worst, "terminated", &[f64::from(u8::from(outcome.terminated))], &ended[row]);
        for (name, value) in &outcome.terms {
            note(&mut worst, name, &[*value], &rows_of(&file, name)[row]);
        }
        if file.has("info_x_velocity") {
            note(&mut worst, "x_velocity", &[outcome.x_velocity], &rows_of(&file, "x_velocity")[row]);
        }
    }
    for (row, reset) in rows("reset_obs").iter().enumerate() {
        let env = Env::new(task, &model, &rows("reset_qpos")[row], &rows("reset_qvel")[row]);
        note(&mut worst, "reset_obs", &env.reset_obs(), reset);
    }
    worst
}

fn rows_of(file: &Npz, name: &str) -> Vec<Vec<f64>> {
    file.rows(&format!("info_{name}"))
}

/// Contact forces apart from the rest: the Humanoid's own solver leaves them less exact.
fn note_observation(worst: &mut Worst, task: Task, ours: &[f64], theirs: &[f64]) {
    let forces = if matches!(task, Task::Humanoid | Task::Ant) { ours.len() - 78 } else { ours.len() };
    note(worst, "obs", &ours[..forces], &theirs[..forces]);
    note(worst, "obs cfrc_ext", &ours[forces..], &theirs[forces..]);
}

/// The quantities beyond `bound`; contact forces and their cost may be `forces`.
fn failures(worst: &Worst, bound: f64, forces: f64) -> Vec<String> {
    let limit = |name: &str| if name == "obs cfrc_ext" { forces } else { bound };
    let over = worst.iter().filter(|(name, error)| **error > limit(name));
    over.map(|(name, error)| format!("{name}: {error:e}")).collect()
}

/// Every row and every reset agrees; the file holds living and, where the task ends, ended rows.
fn agrees(task: Task, robot: &str, bound: f64, forces: f64) {
    let worst = measure(task, robot, |_| {});
    worst.iter().for_each(|(name, error)| eprintln!("{robot} {name}: {error:.1e}"));
    let failures = failures(&worst, bound, forces);
    assert!(failures.is_empty(), "{robot} differs from Gymnasium: {failures:#?}");
    let ended = Npz::open(golden::path(&format!("{robot}_env.npz"))).f64("terminated").1;
    let both = ended.contains(&0.0) && (ended.contains(&1.0) || ENDLESS.contains(&task));
    assert!(both, "{robot}: the rows show both outcomes");
}

/// Tasks in which nothing ends an episode.
const ENDLESS: [Task; 3] = [Task::HalfCheetah, Task::Swimmer, Task::Reacher];

#[test]
fn swimmer() {
    agrees(Task::Swimmer, "swimmer", 1e-12, 0.0);
}

/// Gymnasium's own solve stops at MuJoCo's tolerance of 1e-8.
#[test]
fn reacher() {
    agrees(Task::Reacher, "reacher", 1e-7, 0.0);
}

#[test]
fn inverted_double_pendulum() {
    agrees(Task::InvertedDoublePendulum, "inverted_double_pendulum", 1e-12, 0.0);
}

#[test]
fn hopper() {
    agrees(Task::Hopper, "hopper", 1e-12, 0.0);
}

#[test]
fn walker2d() {
    agrees(Task::Walker2d, "walker2d", 1e-12, 0.0);
}

#[test]
fn inverted_pendulum() {
    agrees(Task::InvertedPendulum, "inverted_pendulum", 1e-12, 0.0);
}

#[test]
fn half_cheetah() {
    agrees(Task::HalfCheetah, "half_cheetah", 1e-11, 0.0);
}

/// Gymnasium's own solve stops at MuJoCo's tolerance of 1e-8; the oracle's goes on to rounding.
#[test]
fn ant() {
    agrees(Task::Ant, "ant", 1e-6, 1e-5);
}

/// Gymnasium solves with 50 sweeps of PGS, which leave 1e-6 in the velocities and 1e-4 in the contact forces.
#[test]
fn humanoid() {
    agrees(Task::Humanoid, "humanoid", 1e-5, 1e-3);
}

/// Wrong constants of the robot, a wrong step and a wrong task are each seen.
#[test]
fn comparer_sees_changes() {
    let gear = measure(Task::Hopper, "hopper", |model| model.actuator_gear[0][0] *= 1.0 + 1e-6);
    let failed = failures(&gear, 1e-12, 0.0).join("; ");
    assert!(failed.contains("next_qvel") && failed.contains("reward_forward") && !failed.contains("reset"), "{failed}");
    let euler = measure(Task::Hopper, "hopper", |model| model.opt.integrator = 0.0);
    assert!(failures(&euler, 1e-12, 0.0).len() > 3, "another integrator is another trajectory");
    let task = failures(&measure(Task::Walker2d, "hopper", |_| {}), 1e-12, 0.0).join("; ");
    assert!(task.contains("terminated") && task.contains("survive") && !task.contains("obs"), "{task}");
}
