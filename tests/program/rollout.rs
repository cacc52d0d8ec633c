//! `gpu-ec rollout` as a user starts it: MuJoCo's and Gymnasium's numbers, a learnt network's motion against `eval`,
//! the shapes of its files, and what it refuses.

mod motions;
mod muscles;
mod numbers;
mod refusals;
mod stopped;

use crate::support::arrays::{Files, array, arrays};
use crate::support::program::succeed;

const DROP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/reference/drop.xml");
const HOPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/robots/hopper.xml");

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

fn flat(rows: &[Vec<f64>]) -> Vec<f32> {
    rows.iter().flatten().map(|value| *value as f32).collect()
}

/// Row `row` of step `step` of an array `[steps][rows][width]`.
fn at((shape, values): &(Vec<usize>, Vec<f32>), step: usize, row: usize) -> Vec<f64> {
    let width: usize = shape[2..].iter().product();
    let start = (step * shape[1] + row) * width;
    values[start..start + width].iter().map(|value| f64::from(*value)).collect()
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
