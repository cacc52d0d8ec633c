//! `gpu-ec devices`: what there is to compute on.

use std::process::ExitCode;

use clap::Args;

use super::{Error, Ui};
use crate::report::Device;

/// List the devices that can compute; the one marked * is taken without --gpu.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Lists the adapters.
///
/// Errors: no adapter at all, with the package to install.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let devices = hand_over()?;
    if arguments.json {
        ui.json(&serde_json::json!({ "devices": devices }))?;
    } else {
        ui.out(&Device::table(&devices).to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The one place where the command line meets the library.
fn hand_over() -> Result<Vec<Device>, Error> {
    Err(Error::Failed("not wired yet".into()))
}
