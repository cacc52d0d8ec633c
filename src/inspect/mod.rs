//! Reports of `gpu-ec inspect` on plans and robots, without a device.

mod arms;
mod mirror;
mod muscles;
mod plan;
mod policy;
mod q_learners;
mod robot;
mod rows;

pub use mirror::{ImageRow, MirrorRow};
pub use plan::PlanReport;
pub use robot::RobotReport;
