//! Runs of arms that learn by forward sensitivities: a generation is an episode of every arm, in which each of them
//! learns by itself.
//!
//! `arms.json` says what the arms are, `arms.jsonl` what each of them did, one line per generation; the metrics are
//! those of all runs, with returns in the unit of the task: minus the squared angle, summed over environment steps.

mod batch;
mod checkpoint;
mod engine;
mod table;
mod train;

pub use batch::Batch;
pub use checkpoint::{ArmState, newest, read, save};
pub use engine::{ArmEngine, ArmMotion, ArmSetup, ArmStart, Learnt};
pub use table::{ArmEntry, ArmLine, entries, lines};
pub use train::Arms;
