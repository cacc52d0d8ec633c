//! Foundations of kernels: WGSL composition, named buffers, layout of a member's parameters, random numbers, shared
//! structs, counted costs.

pub mod arm_records;
pub mod buffers;
pub mod cost;
pub mod descent;
pub mod device;
pub mod entry;
pub mod genome;
pub mod mirror;
pub mod ppo_records;
pub mod q_records;
pub mod random;
pub mod records;
mod shared;
pub mod wgsl;
