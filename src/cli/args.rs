//! Arguments that several subcommands share.

use clap::Args;

use crate::gpu::Cache;

// Plain comments: clap would take a doc comment of a flattened struct for the subcommand's own.

// Where to compute.
#[derive(Debug, Args)]
pub(super) struct Device {
    /// Device to compute on, as `gpu-ec devices` lists it.
    #[arg(long, value_name = "INDEX|NAME|pci:...")]
    pub gpu: Option<String>,
}

// How kernels are laid out.
#[derive(Debug, Args)]
pub(super) struct Tuning {
    /// Take the usual layout of the kernels instead of measuring which is fastest; results are the same. Software
    /// drivers always take it.
    #[arg(long)]
    no_autotune: bool,
}

impl Tuning {
    /// Returns where choices between variants are kept, unless the user wants none.
    pub fn variants(&self) -> Option<Cache> {
        (!self.no_autotune).then(Cache::of_user)
    }
}

// How results are printed.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
