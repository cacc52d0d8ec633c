//! Choice of the trainer of a session.

use super::{
    RunError,
    arms::Arms,
    driver::drive,
    evolution::train::Evolution,
    observer::{Ending, Observer},
    policy::PolicyGradient,
    q_learners::QLearners,
    session::Session,
};
use crate::config::Family;

impl Session {
    /// Runs until there is a reason to end; the last state is then on disk.
    ///
    /// Errors: a configuration that cannot be planned; a run directory whose files contradict each other; whatever
    /// stops the run.
    pub fn run(&self, observer: &mut dyn Observer) -> Result<Ending, RunError> {
        #[cfg(feature = "hub")]
        self.refuse_fleet()?;
        match self.config.algorithm.family() {
            Family::Evolution => drive::<Evolution>(self, observer),
            Family::Policy => drive::<PolicyGradient>(self, observer),
            Family::Arms => drive::<Arms>(self, observer),
            Family::QLearners => drive::<QLearners>(self, observer),
        }
    }

    /// Refuses a hub for what cannot be shared: learners whose every step depends on the one before.
    #[cfg(feature = "hub")]
    fn refuse_fleet(&self) -> Result<(), RunError> {
        if self.fleet.is_none() || self.config.algorithm.family() == Family::Evolution {
            return Ok(());
        }
        Err(RunError::Refused(
            "--hub: only populations that evolve (Ec, Es) can be shared: their episodes depend on nothing but the distribution, while this              algorithm learns from every step before; run it on one machine"
                .into(),
        ))
    }
}
