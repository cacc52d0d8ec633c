//! Files: read from any origin within limits, written whole or not at all, locked by one writer.

pub mod atomic;
mod error;
pub mod input;
mod lock;

pub use error::Error;
pub use lock::{Lock, host};
