//! InvertedPendulum-v5.

use super::{Preset, body, parts, state};
use crate::{
    config::InvertedPendulumConfig,
    physics::model::Model,
    tasks::locomotion::{Bound, Spec},
};

impl Preset for InvertedPendulumConfig {
    const ROBOT: &'static str = "inverted_pendulum";

    fn spec(&self, model: &Model) -> Spec {
        Spec {
            healthy_reward: 1.0,
            healthy: vec![Bound::position("angle of the pole", 1, (-0.2, 0.2))],
            terminate_when_unhealthy: true,
            ..body!(self, "inverted_pendulum@1", model, parts(state(false, 0, f64::INFINITY)))
        }
    }
}
