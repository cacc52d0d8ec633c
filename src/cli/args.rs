//! Arguments that several subcommands share.

#[cfg(feature = "hub")]
use std::path::PathBuf;

use clap::Args;

use crate::gpu::Cache;
#[cfg(feature = "hub")]
use crate::hub::{self, Address, HubError};

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

// Address of a hub, and how to get in.
#[cfg(feature = "hub")]
#[derive(Debug, Args)]
pub(super) struct Certificates {
    /// Certificates of the authorities that the hub's is checked against, PEM; the system's without it.
    #[arg(long, value_name = "FILE")]
    hub_ca: Option<PathBuf>,

    /// Certificate by which this machine shows who it is, PEM.
    #[arg(long, value_name = "FILE", requires = "hub_key")]
    hub_cert: Option<PathBuf>,

    /// Key of that certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "hub_cert")]
    hub_key: Option<PathBuf>,
}

#[cfg(feature = "hub")]
impl Certificates {
    /// Returns the hub at `given`, or at the address that the environment holds if that is empty.
    pub fn address(&self, given: &str) -> Result<Address, HubError> {
        let client = self.hub_cert.clone().zip(self.hub_key.clone());
        let certificates = hub::Certificates { authority: self.hub_ca.clone(), client };
        Address::find(Some(given).filter(|given| !given.is_empty()), &certificates)
    }
}

// Format of the results.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
