//! Gradients of PPO and DQSN in f64, written from the equations and held to numbers by reverse-mode differentiation.
//!
//! Parameters and their gradients are flat, in the order and layout of `theta`. A [`layout::Layout`] finds a tensor in
//! them. A segment of steps is computed forwards onto a tape, then backwards from the adjoints of its outputs. The
//! state before a segment counts as given.

pub mod adam;
pub mod advantage;
pub mod cells;
pub mod checks;
pub mod heads;
pub mod layout;
pub mod numbers;
pub mod rate;
pub mod spiking;
pub mod surrogate;
pub mod ticks;
pub mod value;
