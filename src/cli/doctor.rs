//! `gpu-ec doctor`: checks whether this machine can run, and says what to do if it cannot.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Error, Ui, args::Output};
use crate::doctor::{ThisHost, examine, report::table};

/// Look at drivers, device nodes, limits, disk and memory, run a test kernel, and say what to do about what is missing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Device to look at, as `gpu-ec devices` lists it.
    #[arg(long, value_name = "INDEX|NAME|pci:...")]
    gpu: Option<String>,

    /// Folder that holds the files of another machine, such as those of a container image.
    #[arg(long, value_name = "DIR", hide = true)]
    root: Option<PathBuf>,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec doctor
  gpu-ec doctor --gpu 1 --json

The exit code is 0 if a run is possible, 1 if not.";

/// Examines the machine and prints the diagnosis.
///
/// Errors: output that cannot be written.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let host = ThisHost::at(arguments.root.as_deref());
    let diagnosis = examine(&host, &super::selector(arguments.gpu.as_deref()));
    if arguments.output.json {
        ui.json(&diagnosis)?;
    } else {
        ui.out(&table(&diagnosis))?;
    }
    Ok(if diagnosis.possible { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
