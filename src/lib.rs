//! `gpu-ec` evolves the 1-bit connectivity of recurrent spiking networks, bodies included, on any GPU.
//!
//! Data flows one way: `cli -> config -> plan -> gpu -> run -> report`.
//! `networks`, `algorithms`, `tasks` and `physics` give the plan kernels, sizes and constants.

pub mod algorithms;
#[cfg(feature = "plot")]
pub mod analysis;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "plot")]
pub mod compare;
pub mod config;
#[cfg(feature = "cli")]
pub mod doctor;
pub mod files;
pub mod gpu;
pub mod inspect;
pub mod kernel;
pub mod networks;
pub mod npz;
pub mod physics;
pub mod plan;
#[cfg(feature = "plot")]
pub mod plot;
pub mod report;
pub mod run;
pub mod tasks;
