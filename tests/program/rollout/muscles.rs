//! Activations of muscles: their starts, their way, and the replay of a motion that they drive.

use super::{at, replay};
use crate::support::arrays::{Files, array};
use crate::support::program::{refused, succeed};
use gpu_ec::npz::Element;

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
