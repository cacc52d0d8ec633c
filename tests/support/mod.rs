//! What several tests need: plain references, golden data, files sound and damaged, the program.
#![allow(dead_code, unused_imports, reason = "every test binary compiles all of it and uses some")]

pub mod arm;
pub mod arrays;
pub mod constants;
pub mod drawn;
pub mod enu;
pub mod golden;
pub mod golden_env;
pub mod golden_gpu;
pub mod golden_states;
pub mod gradients;
pub mod hub;
pub mod kernels;
pub mod mirror;
pub mod network;
pub mod npz;
pub mod physics;
pub mod program;
pub mod q_learning;
pub mod rate;
pub mod rsnn;
pub mod sound;
pub mod standard;
pub mod synapse_agents;
pub mod tasks;
