//! Arms that muscles move.

use super::body::{Integrator, body_task};
use crate::config::schema::Range;

body_task! {
    /// `arm_balance@1`: a rod on a hinge, upright and unstable, between a flexor and an extensor (Brand 2024); the
    /// reward of a step is minus the squared angle, minus the effort.
    ArmBalanceConfig(episode_length: 1000, frame_skip: 4) {
        /// Share of the tendon in the length of tendon and muscle at angle 0, 0 for no tendon; the thesis: 0, 0.75 and
        /// 0.85. The more tendon, the stiffer the arm.
        tendon_ratio: f64 = 0.75, "", Range::Real(std::ops::Bound::Included(0.0), std::ops::Bound::Excluded(0.95));
        /// Whether lengths, velocities, tensions and activations of the muscles are observed beside angle and angular
        /// velocity.
        proprioception: bool = false, "", Range::Any;
        /// Cost of one unit of squared angle.
        reward_angle_weight: f64 = 1.0, "1/rad^2", Range::NON_NEGATIVE;
        /// Cost of one unit of summed squared activation.
        reward_effort_weight: f64 = 0.0, "", Range::NON_NEGATIVE;
        /// Start angles lie between this and the next field, to either side.
        reset_angle_from: f64 = 0.4, "rad", Range::Real(std::ops::Bound::Included(0.0), std::ops::Bound::Included(1.5));
        /// Largest start angle.
        reset_angle_to: f64 = 0.6, "rad", Range::Real(std::ops::Bound::Included(0.0), std::ops::Bound::Included(1.5));
        /// Half width of the uniform start velocity.
        reset_velocity: f64 = 0.1, "rad/s", Range::NON_NEGATIVE;
    }
}

body_task! {
    /// `arm_reach@1`: an arm of shoulder and elbow with six muscles, two of them over both joints, in a vertical plane;
    /// its tip goes to a target that lies anywhere in a disc within reach. The reward of a step is minus the distance,
    /// minus the effort; nothing ends an episode early.
    ArmReachConfig(episode_length: 100, frame_skip: 10) {
        /// Whether lengths, velocities, tensions and activations of the muscles are observed.
        proprioception: bool = true, "", Range::Any;
        /// Cost of one metre between tip and target.
        reward_dist_weight: f64 = 1.0, "1/m", Range::NON_NEGATIVE;
        /// Cost of one unit of summed squared activation.
        reward_effort_weight: f64 = 0.005, "", Range::NON_NEGATIVE;
        /// Radius of the disc of targets.
        target_radius: f64 = 0.15, "m", Range::NON_NEGATIVE;
        /// Half width of the uniform noise on the start angles.
        reset_noise_scale: f64 = 0.1, "rad", Range::NON_NEGATIVE;
    }
}
