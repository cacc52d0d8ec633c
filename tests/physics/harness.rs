//! The helping force of training against MuJoCo, in both shapes and integrators, and that it helps in training alone.

use crate::support::golden;
use crate::support::golden_gpu::{Output, Probe, open};
use crate::support::golden_states::{Golden, difference, largest, norm};
use gpu_ec::{
    config::{HarnessConfig, HumanoidConfig},
    kernel::records::RunParams,
    physics::stepper::Integrator,
    tasks::{
        Sharing,
        locomotion::{Locomotion, Spec, gymnasium},
    },
};

/// Largest error of a step's velocities, relative to 1 + their norm: the bar of steps without the force
/// (`assets/reference/README.md`).
const BAR: f64 = 2e-5;

/// A change of strengths `[lift, upright, damping, turning]`.
type Change = (&'static str, fn(&mut [f32; 4]));

/// What is wrong in ways that the comparison must notice.
const CHANGES: [Change; 5] = [
    ("no force", |strengths| *strengths = [0.0; 4]),
    ("lift off by a hundredth", |strengths| strengths[0] *= 1.01),
    ("upright off by a hundredth", |strengths| strengths[1] *= 1.01),
    ("damping off by a hundredth", |strengths| strengths[2] *= 1.01),
    ("turning off by a hundredth", |strengths| strengths[3] *= 1.01),
];

/// A step of all rows of `tests/peer/harness_states.py` under the strengths of the file, changed by `change`; returns
/// the largest error.
fn worst(sharing: Sharing, integrator: Integrator, changes: &[Change]) -> Vec<f64> {
    let model = golden::model("humanoid");
    let spec = Spec { integrator, harness: true, ..gymnasium::<HumanoidConfig>(&model) };
    let task = Locomotion::with_probe(spec, model).expect("the robot is in the subset");
    let file = Golden::open("humanoid_harness");
    let gpu = open();
    let probe = Probe::of_task(&task, file.count(), sharing);
    let mut workspace = probe.workspace(&gpu, file.count());
    let [qpos, qvel, ctrl, strengths] = ["qpos", "qvel", "ctrl", "strengths"].map(|name| file.rows(name));
    let states: [(&str, &crate::support::golden_gpu::Rows); 3] = [("qpos", &qpos), ("qvel", &qvel), ("ctrl", &ctrl)];
    let next = file.rows(if integrator == Integrator::Rk4 { "next1_rk4_qvel" } else { "next1_euler_qvel" });
    let error = |output: &Output, row: usize| {
        largest(&difference(&probe.field(output, "qvel", row), &next[row])) / (1.0 + norm(&next[row]))
    };
    let strengths: Vec<f32> = strengths.iter().flatten().map(|strength| *strength as f32).collect();
    let right = [strengths[0], strengths[1], strengths[2], strengths[3]];
    let mut errors = |change: fn(&mut [f32; 4])| {
        let mut harness = right;
        change(&mut harness);
        let run = RunParams { episode_cap: 1, generation: 4, harness, ..Default::default() };
        let output = probe.run_under(&mut workspace, &states, run);
        (0..file.count()).map(|row| error(&output, row)).fold(0.0, f64::max)
    };
    std::iter::once(errors(|_| {})).chain(changes.iter().map(|(_, change)| errors(*change))).collect()
}

#[test]
fn steps_under_it_are_those_of_mujoco() {
    for integrator in [Integrator::Rk4, Integrator::Euler] {
        let errors = worst(Sharing::Never, integrator, &CHANGES);
        eprintln!("{integrator:?}: {errors:?}");
        assert!(errors[0] <= BAR, "{integrator:?}: velocities are off by {:.1e}", errors[0]);
        for ((what, _), error) in CHANGES.iter().zip(&errors[1..]) {
            assert!(*error > BAR, "not noticed: {what}");
        }
    }
}

#[test]
fn lanes_that_share_a_robot_feel_the_same() {
    let errors = worst(Sharing::Always, Integrator::Euler, &CHANGES[..1]);
    assert!(errors[0] <= BAR, "velocities are off by {:.1e}", errors[0]);
    assert!(errors[1] > BAR, "not noticed: no force");
}

#[test]
fn a_share_of_it_is_a_share_of_every_strength() {
    let harness = HarnessConfig { lift: 0.5, upright: 100.0, damping: 10.0, turn_damping: 4.0 };
    assert_eq!(harness.scaled(0.5).strengths(), [0.25, 50.0, 5.0, 2.0]);
}
