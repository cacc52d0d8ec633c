//! Kills, lost devices, full disks, states that stop being finite, other drivers.

mod drivers;
mod faults;
mod killed;
mod lost;
mod nonfinite;
mod partial;
#[path = "../support/mod.rs"]
mod support;
