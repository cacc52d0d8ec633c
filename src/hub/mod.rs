//! A run that many machines share, through a server of Valkey or Redis.
//!
//! A member's episode is a pure function of seed, generation, member and distribution, so machines exchange a
//! distribution per generation and a record per episode. The leader owns the run and its directory; it publishes a
//! [`Round`], cut into [`Slice`]s, which it and its workers live. A slice that is lived twice gives the same answer, so
//! work is handed out at least once, and the first answer counts.
//!
//! [`Hub`] is what a server has to offer; [`Server`] is Valkey's or Redis's.

mod address;
mod answer;
mod digest;
mod error;
mod fleet;
mod heart;
mod keys;
mod scripts;
mod server;
mod wire;

use std::time::Duration;

pub use address::{Address, Certificates, VARIABLE};
pub use answer::{Answer, Sizes};
pub use digest::digest;
pub use error::HubError;
pub use fleet::{FleetStatus, RunStatus, WorkerStatus, names};
pub use heart::{Heart, Presence};
pub use keys::check_name;
pub use server::{Role, Server};
pub use wire::{Charter, Claim, Posted, Round, RoundKind, RunState, Slice};

/// Version of what machines say to each other. Machines of different versions do not work together.
pub const PROTOCOL: u32 = 1;

/// Smallest version of a server whose commands suffice: since then XAUTOCLAIM forgets slices that were removed.
pub const LEAST_SERVER: (u32, u32) = (7, 0);

/// A place where a leader hands out work and workers hand in answers.
pub trait Hub {
    /// Opens `round` in place of the one before, with what its members are drawn from, and hands out `slices`. If the
    /// round is open already, answers that are there stay.
    fn publish(&mut self, round: &Round, distribution: &[u8], slices: &[Slice]) -> Result<(), HubError>;

    /// Hands out `slices` of the open round once more.
    fn hand_out(&mut self, round: &Round, slices: &[Slice]) -> Result<(), HubError>;

    /// Returns the open round, if there is one.
    fn round(&mut self) -> Result<Option<Round>, HubError>;

    /// Returns what the members of a round are drawn from; `None` if it is gone.
    fn distribution(&mut self, round: &Round) -> Result<Option<Vec<u8>>, HubError>;

    /// Takes at most `most` slices: new ones, else those whose holder has let the `lease` pass. Waits for `patience` if
    /// there is none.
    fn claim(&mut self, most: usize, lease: Duration, patience: Duration) -> Result<Vec<Claim>, HubError>;

    /// Gives a slice back as done, with its answer, or without one if the leader has it.
    fn answer(&mut self, claim: &Claim, answer: Option<&[u8]>) -> Result<(), HubError>;

    /// Returns answers that came since the last call, waiting for `patience` if there is none.
    fn collect(&mut self, patience: Duration) -> Result<Vec<Posted>, HubError>;

    /// Removes answers that are of no use.
    fn discard(&mut self, posted: &[String]) -> Result<(), HubError>;
}
