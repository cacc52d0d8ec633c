//! Arguments of a run that other machines take part in.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Error, args::Certificates};
use crate::run::fleet::FleetSettings;

/// Shortest and longest lease, seconds.
const LEASES: std::ops::RangeInclusive<f64> = 0.5..=3600.0;

// How a run is shared.
#[derive(Debug, Args)]
pub(super) struct Sharing {
    /// Share the run with workers through this server of Valkey or Redis: redis://HOST:PORT, rediss://HOST:PORT
    /// (encrypted), file:PATH (a file with the address), or without a value what GPU_EC_HUB holds.
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    hub: Option<String>,

    #[command(flatten)]
    certificates: Certificates,

    /// Machines that may take part.
    #[arg(long, value_enum, default_value_t = Members::Same, requires = "hub")]
    fleet: Members,

    /// Seconds after which a silent machine loses its slices, and a silent leader its place.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, requires = "hub")]
    lease: f64,

    /// Share of the workers' slices, 0 to 1, that this machine lives once more and compares.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, requires = "hub")]
    audit: f64,
}

/// Machines that may take part in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Members {
    /// Those whose adapter, driver, version and kernels are this machine's: results have the bytes of one machine.
    Same,
    /// All: results agree in statistics, not in every bit.
    Any,
}

impl Sharing {
    /// Returns how the run is shared, if it is.
    pub fn settings(&self) -> Result<Option<FleetSettings>, Error> {
        let Some(hub) = &self.hub else { return Ok(None) };
        if !LEASES.contains(&self.lease) {
            let text = format!("--lease {}: expected {} to {} seconds", self.lease, LEASES.start(), LEASES.end());
            return Err(Error::Usage(text));
        }
        if !(0.0..=1.0).contains(&self.audit) {
            return Err(Error::Usage(format!("--audit {}: expected a share from 0 to 1", self.audit)));
        }
        let address = self.certificates.address(hub)?;
        let lease = Duration::from_secs_f64(self.lease);
        Ok(Some(FleetSettings { address, any: self.fleet == Members::Any, lease, audit: self.audit }))
    }
}
