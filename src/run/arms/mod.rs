//! Runs of arms that learn by forward sensitivities. A generation is one episode of every arm, and each arm learns
//! on its own.
//!
//! `arms.json` describes the arms; `arms.jsonl` has one line per generation with the results of each. The metrics
//! are those of all runs. Returns are in the unit of the task: minus the weighted squared angle and effort, summed
//! over environment steps.

mod batch;
pub mod bench;
mod checkpoint;
mod engine;
mod evaluate;
mod table;
mod train;

pub use batch::ArmBatch;
pub use checkpoint::{ArmState, newest, read, save};
pub use engine::{ArmEngine, ArmMotion, ArmSetup, ArmStart, Learnt};
pub use evaluate::{Judged, evaluate_arms};
pub use table::{ArmEntry, ArmLine, entries, lines};
pub use train::Arms;
