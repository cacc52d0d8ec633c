//! Runs that many machines share, through a hub ([`crate::hub`]). A leader owns the run and hands out slices of
//! episodes; workers, and the leader itself, live them.

mod audit;
mod fingerprint;
mod leader;
mod ledger;
mod open;
mod payload;
mod slices;
mod worker;

use std::time::Duration;

pub use leader::{Leader, Task};
pub use ledger::Ledger;
pub use worker::{Gone, Worker, WorkerSettings};

use crate::{
    files::host,
    hub::{Address, Server},
    run::{RunError, evolution::engine::Engine, session::Session, trainer::Running},
};

/// Fleet of a run: nobody else, or a leader's as soon as there is something to lead.
#[derive(Default)]
pub struct Fleet {
    settings: Option<FleetSettings>,
    leader: Option<Leader>,
}

impl Fleet {
    /// Returns the fleet of a session, after a look at its hub.
    ///
    /// Errors: a hub that does not answer, or that may not be used.
    pub fn of(session: &Session) -> Result<Self, RunError> {
        if let Some(settings) = &session.fleet {
            Server::new(&settings.address, "none", "visitor").check()?;
        }
        Ok(Self { settings: session.fleet.clone(), leader: None })
    }

    /// Returns the leader, who begins with the first call; `None` for a run of one machine.
    pub fn leader(&mut self, engine: &Engine, run: &mut Running<'_>) -> Result<Option<&mut Leader>, RunError> {
        if let (Some(settings), None) = (&self.settings, &self.leader) {
            let folder = run.dir.path().canonicalize().unwrap_or_else(|_| run.dir.path().into());
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let machine = (&engine.plan, engine.adapter());
            let leader = Leader::begin(settings, &name, run.config, machine, &mut |text| run.observer.say(text))?;
            self.leader = Some(leader);
        }
        Ok(self.leader.as_mut())
    }

    /// Tells the hub that the run has ended, for good or until it is resumed.
    pub fn close(&mut self, finished: bool) {
        if let Some(leader) = &mut self.leader {
            leader.close(finished);
        }
    }
}

/// Returns a name of this process among those of all machines.
fn machine_id() -> String {
    format!("{}-{}", host(), std::process::id())
}

/// Settings of a run that is shared.
#[derive(Debug, Clone)]
pub struct FleetSettings {
    /// Address of the hub.
    pub address: Address,
    /// True if machines with other adapters, drivers or kernels may take part.
    pub any: bool,
    /// Time after which a silent machine loses its slices.
    pub lease: Duration,
    /// Share of the workers' slices that the leader lives once more and compares.
    pub audit: f64,
}
