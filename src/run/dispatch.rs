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
        match self.config.algorithm.family() {
            Family::Evolution => drive::<Evolution>(self, observer),
            Family::Policy => drive::<PolicyGradient>(self, observer),
            Family::Arms => drive::<Arms>(self, observer),
            Family::QLearners => drive::<QLearners>(self, observer),
        }
    }
}
