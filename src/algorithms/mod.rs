//! Algorithms: `ask` before the rollout, `tell` after it.

pub mod ec;
pub mod optimizer;
pub mod shaping;
