//! Bodies: MuJoCo's semantics for the subset the robots need.

pub mod cooperative;
pub mod mirror;
pub mod mjcf;
pub mod model;
pub mod muscle;
mod pairs;
pub mod stepper;
