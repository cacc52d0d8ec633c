//! What will run, as pure data: which kernels, in which order, on which buffers, before anything is allocated.

pub mod arms;
pub mod cost;
mod error;
pub mod evolution;
pub mod homes;
pub mod pass;
pub mod rewards;
pub mod rollout;
pub mod variant;

pub use error::PlanError;
pub use evolution::Plan;
