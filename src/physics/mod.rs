//! Bodies: MuJoCo's semantics for the subset the robots need.

pub mod model;
