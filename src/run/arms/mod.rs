//! Batches of arms that learn by forward sensitivities, on a device.

mod engine;

pub use engine::{ArmEngine, ArmMotion, ArmSetup, ArmStart, Learnt};
