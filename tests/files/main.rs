//! Checkpoints and files of users: sound ones are read, broken ones refused at their place.

mod broken;
mod checkpoints;
#[path = "../support/mod.rs"]
mod support;
