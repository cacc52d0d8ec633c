//! The generated stepper and tasks against MuJoCo and Gymnasium: every row of the golden files within the bars of their
//! README, on the modules that a run dispatches.
//!
//! `GPU_EC_GOLDEN_DIR` points at another set with the same layout.

use std::path::Path;

use crate::support::golden;
use crate::support::golden_env::check_environment;
use crate::support::golden_gpu::{Probe, open};
use crate::support::golden_states::{Contact, Errors, Golden, assert_none, check_states, compare_contacts};
use gpu_ec::{
    config::{
        AntConfig, HalfCheetahConfig, HopperConfig, HumanoidConfig, InvertedDoublePendulumConfig,
        InvertedPendulumConfig, ReacherConfig, SwimmerConfig, Walker2dConfig,
    },
    physics::{
        model::Model,
        stepper::{Integrator, Options},
    },
    tasks::{
        Sharing,
        locomotion::{Locomotion, Spec, gymnasium},
    },
};

/// A robot's states in both integrators, on the modules that its task dispatches.
fn states(name: &str, spec: fn(&Model) -> Spec) {
    let gpu = open();
    let model = golden::model(name);
    let mut failures = vec![];
    for integrator in [Integrator::Rk4, Integrator::Euler] {
        let spec = Spec { integrator, ..spec(&model) };
        let task = Locomotion::with_probe(spec, model.clone()).expect("the robot is in the subset");
        let own = integrator == Integrator::of(&model);
        let count = Golden::open(&format!("{name}_states")).count();
        failures.extend(check_states(
            &gpu,
            &Probe::of_task(&task, count, Sharing::Never),
            name,
            own,
            integrator == Integrator::Euler,
        ));
    }
    assert_none(&failures);
}

#[test]
fn hopper_states() {
    states("hopper", gymnasium::<HopperConfig>);
}

#[test]
fn walker2d_states() {
    states("walker2d", gymnasium::<Walker2dConfig>);
}

#[test]
fn half_cheetah_states() {
    states("half_cheetah", gymnasium::<HalfCheetahConfig>);
}

#[test]
fn ant_states() {
    states("ant", gymnasium::<AntConfig>);
}

#[test]
fn humanoid_states() {
    states("humanoid", gymnasium::<HumanoidConfig>);
}

fn drop(file: &str, integrator: Integrator) {
    let model = golden::model("drop");
    let options = Options { integrator, ..Options::of(&model) };
    let probe = Probe::of_model(model, options);
    assert_none(&check_states(&open(), &probe, file, true, integrator == Integrator::Euler));
}

/// A robot with muscles, in the integrator of the file.
fn muscles(robot: &str, file: &str, integrator: Integrator) {
    let model = golden::model(robot);
    let options = Options { integrator, ..Options::of(&model) };
    let probe = Probe::of_model(model, options);
    assert_none(&check_states(&open(), &probe, file, true, integrator == Integrator::Euler));
}

#[test]
fn muscle_arm_states() {
    muscles("muscle_arm", "muscle_arm", Integrator::Euler);
}

#[test]
fn muscle_arm_rk4_states() {
    muscles("muscle_arm", "muscle_arm_rk4", Integrator::Rk4);
}

#[test]
fn arm6_states() {
    muscles("arm6", "arm6", Integrator::Euler);
}

#[test]
fn arm6_rk4_states() {
    muscles("arm6", "arm6_rk4", Integrator::Rk4);
}

#[test]
fn drop_states() {
    drop("drop", Integrator::Euler);
}

#[test]
fn drop_rk4_states() {
    drop("drop_rk4", Integrator::Rk4);
}

/// Gymnasium's transitions, each from its own start state, on the task's own kernels.
fn transitions(name: &str, spec: fn(&Model) -> Spec) {
    let model = golden::model(name);
    let task = Locomotion::with_probe(spec(&model), model).expect("the robot is in the subset");
    let gpu = open();
    let n = Golden::open(&format!("{name}_env")).count();
    let probe = Probe::of_task(&task, n, Sharing::Never);
    check_environment(&task, &probe, probe.workspace(&gpu, n), name);
}

#[test]
fn hopper_env() {
    transitions("hopper", gymnasium::<HopperConfig>);
}

#[test]
fn walker2d_env() {
    transitions("walker2d", gymnasium::<Walker2dConfig>);
}

#[test]
fn humanoid_env() {
    transitions("humanoid", gymnasium::<HumanoidConfig>);
}

#[test]
fn ant_env() {
    transitions("ant", gymnasium::<AntConfig>);
}

#[test]
fn half_cheetah_env() {
    transitions("half_cheetah", gymnasium::<HalfCheetahConfig>);
}

#[test]
fn swimmer_env() {
    transitions("swimmer", gymnasium::<SwimmerConfig>);
}

#[test]
fn reacher_env() {
    transitions("reacher", gymnasium::<ReacherConfig>);
}

#[test]
fn inverted_double_pendulum_env() {
    transitions("inverted_double_pendulum", gymnasium::<InvertedDoublePendulumConfig>);
}

#[test]
fn inverted_pendulum_env() {
    transitions("inverted_pendulum", gymnasium::<InvertedPendulumConfig>);
}

/// The comparers fail on a perturbed value.
#[test]
fn comparers_see_a_difference() {
    let one = Contact { geoms: [0, 3], dist: -0.01, pos: [0.1, 0.2, 0.0] };
    let moved = Contact { pos: [0.1, 0.2001, 0.0], ..one.clone() };
    let other = Contact { geoms: [0, 4], ..one.clone() };
    let both = [one.clone(), other.clone()];
    assert_eq!(compare_contacts(&both, &[other.clone(), one.clone()]), (0.0, 0.0), "order does not matter");
    assert!(compare_contacts(&both, &[moved, other.clone()]).1 > 5e-6, "a moved contact is seen");
    assert!(compare_contacts(&both, &[one]).0.is_infinite(), "a missing contact is seen");
    let mut errors = Errors::new("a test");
    errors.push(f64::NAN);
    assert!(errors.over(1.0).is_some(), "a NaN is seen");
}

/// Rows that f32's rounding of their start moves beyond the bar have a wider one, and no others.
#[test]
fn only_ill_conditioned_rows_have_wider_bars() {
    let over = |error: f64, sensitivity: f64| {
        let mut errors = Errors::new("a test");
        errors.push_sensitive(0.0, 0.0);
        errors.push_sensitive(error, sensitivity);
        errors.over(1e-4)
    };
    assert!(over(2e-4, 0.0).is_some(), "a file without sensitivities");
    assert!(over(2e-4, 9e-5).is_some(), "a sensitivity below the bar widens nothing");
    assert_eq!(over(2e-4, 2e-4), None, "an error that f32 explains");
    let said = over(7e-3, 2e-4).expect("an error that f32 does not explain");
    assert!(said.contains("row 1 is off by 7.00e-3, allowed 6e-3"), "{said}");
    assert!(over(f64::NAN, 2e-4).is_some(), "a NaN is never excused");
}

/// `GPU_EC_GOLDEN_DIR=/some/where cargo test --release` takes every golden file, the robots among them, from there.
#[test]
fn golden_data_may_lie_elsewhere() {
    assert!(golden::folder(None).join("hopper_model.json").exists(), "what comes with the sources");
    assert_eq!(golden::folder(Some("/some/where".into())), Path::new("/some/where"), "another folder");
}
