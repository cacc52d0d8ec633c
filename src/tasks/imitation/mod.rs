//! Targets that one unit imitates: spikes of an integrate-and-fire neuron, a synapse with spike-timing plasticity.
//!
//! Tasks of Bertens and Lee (2020), where their text leaves something open as `docs/tasks.md` says.

mod integrate_and_fire;
mod stdp;

pub use integrate_and_fire::IntegrateAndFire;
pub use stdp::{Plasticity, Stdp};
