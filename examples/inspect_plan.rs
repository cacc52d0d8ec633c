//! Inspects a plan without a GPU: `cargo run --example inspect_plan`.

#![allow(clippy::print_stdout, reason = "examples print")]

use gpu_ec::{Plan, config, kernel::device::DeviceTraits};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = config::load(config::find("hopper")?, &["algorithm.population=512".into()])?;
    let plan = Plan::new(&config, DeviceTraits::default())?;
    println!("{}: {} -> {}, {} parameters", plan.task.id(), plan.io.d_obs, plan.io.d_act, plan.n_params());
    for pass in &plan.passes {
        println!("{:20} {:?}", pass.kernel.id, pass.when);
    }
    println!("{} bytes on the device", plan.device_bytes());
    Ok(())
}
