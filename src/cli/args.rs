//! Arguments that several subcommands share.

use clap::Args;

use crate::gpu::Cache;

// Plain comments: clap would take a doc comment of a flattened struct for the subcommand's own.

// Choice of the device.
#[derive(Debug, Args)]
pub(super) struct Device {
    /// Device to compute on, as `gpu-ec devices` lists it.
    #[arg(long, value_name = "INDEX|NAME|pci:...")]
    pub gpu: Option<String>,
}

// Choice of the kernels' layout.
#[derive(Debug, Args)]
pub(super) struct Tuning {
    /// Take the usual layout of the kernels instead of measuring which is fastest; results are the same. Software
    /// drivers always take it.
    #[arg(long)]
    no_autotune: bool,
}

impl Tuning {
    /// Returns the cache that keeps choices between kernel variants, or `None` with `--no-autotune`.
    pub fn variants(&self) -> Option<Cache> {
        (!self.no_autotune).then(Cache::of_user)
    }
}

// Format of the results.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
