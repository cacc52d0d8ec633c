//! `gpu-ec devices`: the devices to compute on.

use std::process::ExitCode;

use clap::Args;

use super::{Error, Ui, args::Output};
use crate::{
    gpu::{self, AdapterSummary, Selector},
    report::Device,
};

/// List the devices that can compute; the one marked * is taken without --gpu.
#[derive(Debug, Args)]
#[command(after_help = BACKENDS)]
pub struct Arguments {
    #[command(flatten)]
    output: Output,
}

const BACKENDS: &str = "\
Vulkan (Linux, Windows), Metal (macOS) and DirectX 12 (Windows) are built in; OpenGL and the web's are not. The variable
WGPU_BACKEND (vulkan, metal, dx12, or some of them separated by commas) leaves out the others, here and wherever a device
is taken; anything else in it is refused.";

/// Lists the adapters.
///
/// Errors: there is no adapter at all; the message names the package to install.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let devices = devices()?;
    if arguments.output.json {
        ui.json(&serde_json::json!({ "devices": devices }))?;
    } else {
        ui.out(&Device::table(&devices).to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns all adapters; the first of the best kind is the default.
fn devices() -> Result<Vec<Device>, Error> {
    let adapters = gpu::list()?;
    let default = Selector::Best.choose(&adapters)?.index;
    let device = |adapter: AdapterSummary| Device {
        index: adapter.index,
        default: adapter.index == default,
        pci: (!adapter.pci.is_empty()).then_some(adapter.pci),
        name: adapter.name,
        backend: adapter.backend,
        kind: adapter.kind,
        driver: adapter.driver,
    };
    Ok(adapters.into_iter().map(device).collect())
}
