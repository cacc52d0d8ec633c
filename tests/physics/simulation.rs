//! Robots stepped in memory agree with closed forms and with rollouts to files.

use std::path::Path;

use gpu_ec::{
    Gpu, Selector, Simulation, config,
    npz::Npz,
    physics::mjcf,
    run::rollout::{self, Begin, Body, Drive, Request, States},
    tasks,
};

fn gpu() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README")
}

const BALL: &str = r#"<mujoco><option timestep="0.01"/><worldbody>
    <body pos="0 0 100"><freejoint/><geom type="sphere" size="0.1"/></body>
</worldbody></mujoco>"#;

/// Semi-implicit Euler without forces but gravity: after n steps v = -g h n and z = z0 - g h^2 n (n + 1) / 2.
#[test]
fn a_ball_falls_as_the_integrator_has_it() {
    let gpu = gpu();
    let robot = mjcf::compile("ball.xml", BALL).expect("compiles");
    let mut simulation = Simulation::new(&gpu, &robot.model, 3).expect("planned");
    assert_eq!((simulation.rows(), simulation.qpos().len(), simulation.qvel().len()), (3, 21, 18), "three balls");
    assert_eq!(simulation.qpos()[2], 100.0, "in the robot's own pose");
    let mut qpos = simulation.qpos().to_vec();
    qpos[7 + 2] = 50.0;
    simulation.set_state(&qpos, &[0.0; 18]).expect("put there");
    simulation.step(&[], 40).expect("steps");
    simulation.step(&[], 60).expect("steps on");
    let (g, h, n) = (9.81_f64, 0.01, 100.0);
    let fallen = g * h * h * n * (n + 1.0) / 2.0;
    for (row, z0) in [100.0, 50.0, 100.0].into_iter().enumerate() {
        let (z, v) = (f64::from(simulation.qpos()[7 * row + 2]), f64::from(simulation.qvel()[6 * row + 2]));
        // 100 roundings of numbers up to 100 in f32
        assert!((z - (z0 - fallen)).abs() < 100.0 * 100.0 * f64::from(f32::EPSILON), "row {row}: {z}");
        assert!((v + g * h * n).abs() < 1e-4, "row {row}: {v}");
    }
    assert_eq!(simulation.ended(), [false; 3], "nothing ends a robot without a task");
}

/// The hopper of a task, held controls: the states are those of `gpu-ec rollout`, bit for bit.
#[test]
fn a_task_steps_as_it_is_rolled_out() {
    let gpu = gpu();
    let config = config::load(config::find("hopper").expect("a preset"), &[]).expect("valid");
    let task = || tasks::build(&config.task).expect("builds");
    let (rows, steps) = (2, 20);
    let qpos: Vec<f32> = [[0.0, 1.25, 0.0, 0.0, 0.0, 0.0], [0.0, 1.3, 0.05, -0.1, -0.2, 0.1]].concat();
    let (qvel, ctrl) = (vec![0.0; 6 * rows], vec![0.3, -0.2, 0.5, -0.4, 0.1, 0.9]);
    let mut simulation = Simulation::of_task(&gpu, task().as_ref(), &qpos, &qvel).expect("planned");
    simulation.step(&ctrl, steps).expect("steps");

    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("motion.npz");
    let states = States { rows, qpos, qvel, act: vec![], qacc_warmstart: vec![] };
    let request = Request {
        body: Body::Task(task()),
        begin: Begin::At(states),
        drive: Drive::Held(ctrl),
        steps,
        reset: false,
        submission_ms: 100,
    };
    rollout::run(&gpu, request, &out, &|| true, &mut |_| {}).expect("rolls out").expect("nobody stops it");
    let last = |name: &str, width: usize| {
        let values = array(&out, name);
        values[values.len() - rows * width..].to_vec()
    };
    assert_eq!(simulation.qpos(), last("qpos", 6), "positions");
    assert_eq!(simulation.qvel(), last("qvel", 6), "velocities");
    assert_eq!(simulation.obs(), last("obs", 11), "observations");
    assert_eq!(simulation.reward(), last("reward", 1), "rewards");
    assert_ne!(simulation.qpos()[..6], simulation.qpos()[6..], "the rows differ");
}

fn array(path: &Path, name: &str) -> Vec<f32> {
    Npz::open(path).expect("an archive").array(name).expect("readable").expect("there").values
}

#[test]
fn what_does_not_fit_is_refused() {
    let gpu = gpu();
    let robot = mjcf::compile("ball.xml", BALL).expect("compiles");
    let mut simulation = Simulation::new(&gpu, &robot.model, 2).expect("planned");
    let pose = simulation.qpos().to_vec();
    let refused = |result: Result<(), gpu_ec::run::RunError>| result.expect_err("refused").to_string();
    let message = refused(simulation.set_state(&pose[..13], &[0.0; 12]));
    assert_eq!(message, "qpos has 13 numbers; it must have 2 rows of 7", "too few");
    let mut velocity = [0.0; 12];
    velocity[7] = f32::NAN;
    let message = refused(simulation.set_state(&pose, &velocity));
    assert_eq!(message, "qvel: row 1, column 1 is NaN; it must be finite", "not finite");
    assert!(refused(simulation.step(&[1.0], 1)).contains("ctrl has 1 numbers"), "no actuators");
}
