//! Rigid-body physics: MuJoCo's semantics for the subset that the robots need.

pub mod cooperative;
pub mod mirror;
pub mod mjcf;
pub mod model;
pub mod muscle;
mod pairs;
pub mod stepper;
