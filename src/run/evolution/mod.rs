//! Runs that evolve a distribution of networks. A generation samples members, runs the episodes of each, ranks
//! their returns and moves the distribution.

pub mod bench;
pub mod engine;
pub mod evaluate;
pub mod fitness;
pub mod generation;
pub mod gradient;
pub mod nonfinite;
pub mod normaliser;
pub mod pacing;
pub mod peak;
pub mod phase;
pub mod population;
pub mod progress;
mod room;
pub mod state;
pub mod summary;
pub mod terms;
pub mod train;
pub mod tune;
