//! Learners of action values: each has a network and a body of its own; a generation is an episode, or an iteration, of
//! each.

mod bench;
mod engine;
mod evaluate;
mod judge;
mod state;
mod table;
mod train;

pub use bench::QBench;
pub use engine::QEngine;
pub use evaluate::{QReport, QSet, evaluate_learners};
pub use state::{QState, read};
pub use table::{QLine, entries, lines};
pub use train::QLearners;
