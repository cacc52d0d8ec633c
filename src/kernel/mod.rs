//! What a kernel is: WGSL composition, the named buffers that kernels share, what a member's parameters are made of,
//! random numbers, shared structs, counted costs.

pub mod arm_records;
pub mod buffers;
pub mod cost;
pub mod device;
pub mod entry;
pub mod genome;
pub mod mirror;
pub mod random;
pub mod records;
pub mod wgsl;
