//! Tasks with another aim than moving forward.

use super::body::{Integrator, body_task, noisy_task};
use crate::config::schema::{Range, section};

noisy_task! {
    /// `inverted_pendulum@1`: a pole on a cart (Gymnasium's InvertedPendulum-v5).
    InvertedPendulumConfig(frame_skip: 2, reset_noise_scale: 0.01) {}
}

noisy_task! {
    /// `inverted_double_pendulum@1`: a pole on a pole on a cart (Gymnasium's InvertedDoublePendulum-v5).
    InvertedDoublePendulumConfig(frame_skip: 5, reset_noise_scale: 0.1) {
        /// Reward of every step that ends with the tip above 1 m.
        healthy_reward: f64 = 10.0, "", Range::FINITE;
    }
}

body_task! {
    /// `reacher@1`: an arm of two links whose fingertip goes to a target (Gymnasium's Reacher-v5).
    ReacherConfig(episode_length: 50, frame_skip: 2) {
        /// Cost of a metre between fingertip and target.
        reward_dist_weight: f64 = 1.0, "1/m", Range::NON_NEGATIVE;
        /// Cost of one unit of summed squared control.
        reward_control_weight: f64 = 1.0, "", Range::NON_NEGATIVE;
    }
}

section! {
    /// `cartpole@1`: a pole on a cart pushed left or right (Gymnasium's CartPole-v1); no physics engine.
    pub struct CartPoleConfig {
        /// Steps after which an episode is cut off, whatever the curriculum says.
        episode_length: u32 = 500, "steps", Range::whole(1, 1_000_000);
    }
}
