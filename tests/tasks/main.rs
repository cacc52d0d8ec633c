//! Tasks without a body: their worlds against plain references, and what scripted units and agents score in them.

mod imitation;
mod maze;
mod maze_agents;
mod maze_reference;
#[path = "../support/npz.rs"]
#[allow(dead_code, reason = "other test binaries use the rest")]
mod npz;
#[path = "../support/program.rs"]
#[allow(dead_code, reason = "other test binaries use the rest")]
mod program;
mod runs;
mod world;
