//! Which shape of the physics a plan takes, and what the cooperative one refuses.

use gpu_ec::{
    config,
    physics::{
        cooperative::physics_text,
        model::{Model, geom},
        stepper::Options,
    },
    plan::build::{DeviceTraits, Plan},
    tasks::build::robot,
};

fn plan(preset: &str, software: bool) -> Plan {
    let config = config::load(config::find(preset).expect("the preset exists"), &[]).expect("the preset is valid");
    Plan::new(&config, DeviceTraits { software, ..DeviceTraits::default() }).expect("the plan is made")
}

/// Slots that a workgroup of the task's kernels serves.
#[test]
fn large_robots_on_real_gpus_share_a_workgroup() {
    for (preset, hardware) in
        [("hopper", 32), ("walker2d", 32), ("humanoid", 1), ("humanoid_fast", 1), ("cartpole", 32)]
    {
        assert_eq!(plan(preset, false).slots_per_task_workgroup, hardware, "{preset} on a GPU");
        assert_eq!(plan(preset, true).slots_per_task_workgroup, 8, "{preset} on a software renderer");
    }
}

/// The text of a shared step does not grow with the robot; that of a straight-line one does.
#[test]
fn the_cooperative_text_is_short() {
    let length = |software| {
        let plan = plan("humanoid", software);
        let step = plan.kernels().into_iter().find(|kernel| kernel.name == "task.step").expect("a task has a step");
        step.module.wgsl.len()
    };
    assert!(4 * length(false) < length(true), "{} and {} bytes", length(false), length(true));
}

#[test]
fn what_it_does_not_know_is_refused() {
    let refused = |change: fn(&mut Model)| {
        let mut model = robot("ant").expect("the robot compiles");
        change(&mut model);
        physics_text(&model, &Options::of(&model)).expect_err("the model is refused").to_string()
    };
    assert!(refused(|m| m.geom_type[1] = geom::BOX).contains("a box"), "a box on the floor");
    assert!(refused(|m| m.body_rootid[2] = 2).contains("several trees"), "two trees");
    assert!(refused(|m| m.body_parentid.swap(4, 5)).contains("depth first"), "bodies out of order");
    assert!(refused(|m| m.jnt_type[3] = 1).contains("ball"), "what the stepper itself does not know");
}
