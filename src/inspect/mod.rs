//! What `gpu-ec inspect` shows: plans and robots, without a device.

mod arms;
mod mirror;
mod muscles;
mod plan;
mod robot;
mod rows;

pub use mirror::{ImageRow, MirrorRow};
pub use plan::PlanReport;
pub use robot::RobotReport;
