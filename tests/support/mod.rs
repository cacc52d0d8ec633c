//! Shared by the integration tests; each uses the parts it needs.
#![allow(dead_code, unused_imports, reason = "every test binary compiles all of it and uses some")]

pub mod constants;
pub mod golden;
pub mod npz;
pub mod physics;
pub mod tasks;
