//! Steps copies of a robot in memory: `cargo run --release --example step_a_robot`.

#![allow(clippy::print_stdout, reason = "examples print")]

use gpu_ec::{Gpu, Selector, Simulation, physics::mjcf};

const PENDULUM: &str = r#"
<mujoco>
  <option timestep="0.005" integrator="RK4"/>
  <worldbody>
    <body>
      <joint name="hinge" type="hinge" axis="0 1 0"/>
      <geom type="capsule" size="0.02" fromto="0 0 0 0 0 -1"/>
    </body>
  </worldbody>
  <actuator><motor joint="hinge" ctrlrange="-1 1"/></actuator>
</mujoco>"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gpu = Gpu::open(&Selector::Best)?;
    let robot = mjcf::compile("pendulum.xml", PENDULUM)?;
    let mut simulation = Simulation::new(&gpu, &robot.model, 4)?;
    simulation.set_state(&[0.1, 0.2, 0.4, 0.8], &[0.0; 4])?;
    for second in 0..3 {
        println!("after {second} s: angles {:.3?} rad", simulation.qpos());
        simulation.step(&[0.0, 0.0, 0.0, 0.5], 200)?;
    }
    Ok(())
}
