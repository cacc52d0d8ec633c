//! Numbers: functions, random draws, layouts shared with kernels, counted costs, and what other compilers make of the
//! kernels.

mod checks;
mod cost;
mod functions;
mod layout;
mod random;
#[path = "../support/mod.rs"]
mod support;
mod translate;
mod variants;
