//! Policies that descend gradients: the device side of an iteration, the state between iterations, training.

pub mod bench;
mod engine;
mod scale;
mod state;
mod train;
mod transfer;

pub use engine::{Collected, Iteration, PolicyEngine};
pub use scale::RewardScale;
pub use state::{Environments, PolicyState};
pub use train::PolicyGradient;
