//! `gpu-ec inspect`: what would run, without running it.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::{Error, Ui};
use crate::{
    config::{self, Config, Family},
    gpu,
    inspect::{PlanReport, RobotReport},
    kernel::{device::DeviceTraits, entry::Kernel},
    plan::{Plan, policy::PolicyPlan, q_learners::QPlan},
    run::arms::ArmBatch,
    tasks,
};

/// Show the resolved configuration, the task and the plan (passes, buffers, bytes, parameters) without running; of a
/// robot file, what each element became.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Configuration file, name of a preset, or robot file (.xml).
    file: String,

    /// Replace one value of the configuration; later settings win.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    sets: Vec<String>,

    /// Print one composed kernel instead.
    #[arg(long, value_name = "NAME")]
    wgsl: Option<String>,

    /// Device to plan for, as `gpu-ec devices` lists it.
    #[arg(long, value_name = "INDEX|NAME|pci:...")]
    gpu: Option<String>,

    /// Plan for a real GPU with the limits that every adapter has, whatever this machine has.
    #[arg(long, conflicts_with = "gpu")]
    hardware: bool,

    /// Print one JSON object.
    #[arg(long, conflicts_with = "wgsl")]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec inspect humanoid
  gpu-ec inspect hopper --set algorithm.population=1000000
  gpu-ec inspect hopper --wgsl network.step
  gpu-ec inspect humanoid --hardware --wgsl task.step
  gpu-ec inspect my.xml";

/// Prints the configuration, the task and the plan.
///
/// Errors: an invalid configuration; an unknown kernel; a plan that does not fit the device.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    if is_robot(&arguments.file) {
        return robot(&arguments, ui);
    }
    let config = config::load(config::find(&arguments.file)?, &arguments.sets)?;
    let device = match arguments.hardware {
        true => DeviceTraits { software: false, ..DeviceTraits::default() },
        false => device(arguments.gpu.as_deref())?,
    };
    let (report, kernels) = planned(&config, device)?;
    match &arguments.wgsl {
        Some(name) => ui.out(wgsl(&kernels, name)?)?,
        None if arguments.json => ui.json(&report)?,
        None => ui.out(&report.text())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the report on what trains `config`, and its kernels.
fn planned(config: &Config, device: DeviceTraits) -> Result<(PlanReport, Vec<Kernel>), Error> {
    Ok(match (config.algorithm.family(), ArmBatch::of(config)?) {
        (Family::Arms, Some(batch)) => {
            let (report, kernel) = batch.plan(config, device)?;
            (report, vec![kernel])
        }
        (Family::QLearners, _) => {
            let plan = QPlan::new(config, device)?;
            (PlanReport::of_learners(config.to_ron(), &plan), vec![plan.learn, plan.judge])
        }
        (Family::Policy, _) => {
            let plan = PolicyPlan::new(config, device)?;
            (PlanReport::of_policy(config.to_ron(), &plan), plan.kernels())
        }
        _ => {
            let plan = Plan::new(config, device)?;
            (PlanReport::of(config.to_ron(), &plan), plan.kernels())
        }
    })
}

/// Returns true if `name` is that of a robot file.
pub(super) fn is_robot(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

/// Prints what a robot file was compiled to.
fn robot(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let file = &arguments.file;
    let others = [
        ("--set", !arguments.sets.is_empty()),
        ("--wgsl", arguments.wgsl.is_some()),
        ("--gpu", arguments.gpu.is_some()),
        ("--hardware", arguments.hardware),
    ];
    if let Some((flag, _)) = others.into_iter().find(|(_, given)| *given) {
        return Err(Error::Usage(format!("{flag} needs a configuration, and {file} is a robot without one")));
    }
    let compiled = tasks::robot_file(Path::new(file))?;
    let report = RobotReport::new(file, &compiled).map_err(|error| Error::Usage(format!("{file}: {error}")))?;
    if arguments.json {
        ui.json(&report)?
    } else {
        ui.out(&report.tables())?
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the device to plan for: a plain software device if there is no adapter and none was asked for.
fn device(gpu: Option<&str>) -> Result<DeviceTraits, Error> {
    let adapters = gpu::list()?;
    if gpu.is_none() && adapters.is_empty() {
        return Ok(DeviceTraits::default());
    }
    Ok(super::selector(gpu).choose(&adapters)?.traits())
}

/// Returns the composed text of the kernel `name`.
fn wgsl<'a>(kernels: &'a [Kernel], name: &str) -> Result<&'a str, Error> {
    let names: Vec<&str> = kernels.iter().map(|kernel| kernel.id.name()).collect();
    match kernels.iter().find(|kernel| kernel.id.name() == name) {
        Some(kernel) => Ok(&kernel.module.wgsl),
        None => Err(Error::Usage(format!("--wgsl: there is no kernel `{name}`; there are {}", names.join(", ")))),
    }
}
