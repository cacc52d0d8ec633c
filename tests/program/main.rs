//! The program as its users run it, and whole runs in process.

mod arm_run;
mod brains;
mod cartpole;
mod cli;
mod compare;
mod doctor;
mod judged;
mod own_robot_run;
mod phases;
mod q_learner_run;
mod rollout;
mod run;
#[path = "../support/mod.rs"]
mod support;
mod tree;
