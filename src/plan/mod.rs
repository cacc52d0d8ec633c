//! The kernels to run, their order and their buffers, as pure data, before anything is allocated.

pub mod arms;
pub mod cost;
mod error;
pub mod evolution;
pub mod homes;
pub mod pass;
pub mod policy;
mod policy_cost;
pub mod q_learners;
pub mod rewards;
pub mod rollout;
pub mod variant;

pub use error::PlanError;
pub use evolution::Plan;
