//! Tasks with another aim than moving forward.

use super::body::{Integrator, body_task};
use crate::config::schema::{Range, section};

body_task! {
    /// `inverted_pendulum@1`: a pole on a cart (Gymnasium's InvertedPendulum-v5).
    InvertedPendulumConfig(frame_skip: 2, reset_noise_scale: 0.01) {}
}

section! {
    /// `cartpole@1`: a pole on a cart pushed left or right (Gymnasium's CartPole-v1); no physics engine.
    pub struct CartPoleConfig {
        /// Steps after which an episode is cut off, whatever the curriculum says.
        episode_length: u32 = 500, "steps", Range::whole(1, 1_000_000);
    }
}
