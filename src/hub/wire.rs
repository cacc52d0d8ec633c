//! Messages between machines. All of them are read as foreign input.

use serde::{Deserialize, Serialize};

use super::digest;

/// Description of a run: all that a worker needs to take part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// [`super::PROTOCOL`] of the leader.
    pub protocol: u32,
    /// Version of the leader's program.
    pub version: String,
    /// Configuration, RON.
    pub config: String,
    /// Generations that the run is to have.
    pub generations: u32,
    /// Text of the user's robot, with all that it includes.
    pub robot: Option<String>,
    /// True if only machines with the leader's fingerprint may take part, so that results have the bytes of one
    /// machine.
    pub same: bool,
    /// What results may depend on beside the configuration: adapter, driver, backend, version, kernels.
    pub fingerprint: Vec<(String, String)>,
    /// Time after which a silent holder loses its slices, milliseconds.
    pub lease_ms: u64,
}

impl Charter {
    /// Returns the digest by which rounds name it.
    pub fn digest(&self) -> String {
        digest([&serde_json::to_vec(self).unwrap_or_default()[..]])
    }
}

/// Kind of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundKind {
    /// A generation of members.
    Training,
    /// An evaluation of the distribution's centre.
    Evaluation,
}

/// State of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// The leader hands out work, or is about to.
    Open,
    /// The leader was interrupted; it may come back.
    Paused,
    /// The run is over.
    Finished,
}

/// Episodes of one generation or evaluation that are to be lived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Name of the round; another one for other episodes.
    pub id: String,
    /// State of the run.
    pub state: RunState,
    /// Kind of the episodes.
    pub kind: RoundKind,
    /// Generation whose number is in all random draws.
    pub generation: u32,
    /// Phase of the run: index, generations and frames before it.
    pub phase: (usize, u32, u64),
    /// Frames of the run so far.
    pub frames: u64,
    /// Number of episodes.
    pub lives: usize,
    /// Number of slices.
    pub slices: usize,
    /// Digest of the [`Charter`] under which it is lived.
    pub charter: String,
    /// Machines that the leader knows of, itself included.
    pub machines: usize,
}

/// Neighbouring episodes of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice {
    /// First episode.
    pub first: u32,
    /// Number of episodes.
    pub count: u32,
}

impl Slice {
    /// Returns the episodes.
    pub fn lives(&self) -> std::ops::Range<u32> {
        self.first..self.first.saturating_add(self.count)
    }
}

/// A slice that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Name of the entry.
    pub entry: String,
    /// Name of its round.
    pub round: String,
    /// The slice.
    pub slice: Slice,
}

/// An answer as it came, from whoever may have written it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Name of the entry.
    pub entry: String,
    /// Name of the round that it is said to be of.
    pub round: String,
    /// The slice that it is said to be of.
    pub slice: Slice,
    /// Name of the worker.
    pub worker: String,
    /// [`super::Answer`], encoded.
    pub answer: Vec<u8>,
}
