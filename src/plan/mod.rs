//! What will run, as pure data: kernels, constants, named buffers, ordered passes, bytes.

pub mod buffers;
pub mod build;
pub mod cost;
pub mod genome;
pub mod homes;
pub mod kernel;
pub mod mirror;
pub mod random;
pub mod records;
pub mod rewards;
pub mod variant;
pub mod wgsl;
