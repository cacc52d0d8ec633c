//! The physics oracle: MuJoCo's semantics in plain Rust, generic over f32 and f64, dense and slow on purpose.
//!
//! It shares nothing with the shipped stepper but [`Model`]. In f64 it reproduces MuJoCo 3.17
//! (`tests/physics/physics_reference.rs`).

pub mod collide;
pub mod fluid;
pub mod kinematics;
pub mod linear;
pub mod newton;
pub mod real;
pub mod rows;
pub mod smooth;
pub mod step;

pub use self::real::Real;
pub use self::step::{Forward, Integrator, State, Stepper};
