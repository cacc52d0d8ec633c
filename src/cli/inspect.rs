//! `gpu-ec inspect`: what would run, without running it.

use std::process::ExitCode;

use clap::Args;

use super::{Error, Ui};
use crate::config::{self, Config};

/// Show the resolved configuration, the task and the plan (passes, buffers, bytes, parameters) without running.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Configuration file, or the name of a preset.
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
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec inspect humanoid
  gpu-ec inspect hopper --set algorithm.population=1000000
  gpu-ec inspect hopper --wgsl rsnn.step";

/// Prints the configuration, the task and the plan.
///
/// Errors: wrong configuration; an unknown kernel; a plan that does not fit the device.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let config = config::load(config::find(&arguments.file)?, &arguments.sets)?;
    let gpu = arguments.gpu.as_deref();
    match &arguments.wgsl {
        Some(name) => ui.out(&hand_over_wgsl(&config, gpu, name)?)?,
        None => {
            ui.out(&config.to_ron())?;
            ui.out(&hand_over_plan(&config, gpu)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The one place where the command line meets the library: the task's tables and the plan, as text.
fn hand_over_plan(config: &Config, gpu: Option<&str>) -> Result<String, Error> {
    let _ = (config, gpu);
    Err(Error::Failed("not wired yet".into()))
}

/// The one place where the command line meets the library: the composed text of a kernel.
fn hand_over_wgsl(config: &Config, gpu: Option<&str>, name: &str) -> Result<String, Error> {
    let _ = (config, gpu, name);
    Err(Error::Failed("not wired yet".into()))
}
