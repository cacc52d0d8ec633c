//! Runs that several processes share through a real server, started and ended by the tests.

mod bytes;
mod foreign;
mod kills;
mod refusals;
mod secured;
#[path = "../support/mod.rs"]
mod support;
