//! Bodies: MJCF, one step, contacts, muscles and mirrors against MuJoCo's numbers and plain references.

mod cooperative;
mod golden;
mod harness;
mod locomotion;
mod mirror;
mod mjcf;
mod mjcf_files;
mod muscles;
mod own_robot;
mod physics_reference;
mod robots;
mod simulation;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod task_reference;
