//! Helping force during training.

use crate::config::schema::{Range, section};

section! {
    /// A helping force on the root body of a robot that moves freely, as a harness gives it: it keeps the body up while
    /// it learns to step. Phases let it fade (`harness: (from: 1, to: 0, frames: 10000000)`); evaluations have none.
    pub struct HarnessConfig {
        /// Upward force, in weights of the robot.
        lift: f64 = 0.2, "weights", Range::NON_NEGATIVE;
        /// Torque that turns the z axis of the root body upright: this times the sine of the lean.
        upright: f64 = 400.0, "N m", Range::NON_NEGATIVE;
        /// Damping of rolling and pitching, in the frame of the root body.
        damping: f64 = 40.0, "N m s/rad", Range::NON_NEGATIVE;
        /// Damping of turning about the z axis of the root body.
        turn_damping: f64 = 10.0, "N m s/rad", Range::NON_NEGATIVE;
    }
}

impl HarnessConfig {
    /// Returns the numbers that kernels take: lift, upright, damping, turn damping.
    pub fn strengths(&self) -> [f32; 4] {
        [self.lift, self.upright, self.damping, self.turn_damping].map(|strength| strength as f32)
    }

    /// Returns the same harness, `share` times as strong.
    pub fn scaled(&self, share: f64) -> Self {
        Self {
            lift: share * self.lift,
            upright: share * self.upright,
            damping: share * self.damping,
            turn_damping: share * self.turn_damping,
        }
    }
}
