//! InvertedPendulum-v5.

use super::{Preset, body, parts, state, survive};
use crate::{
    config::InvertedPendulumConfig,
    physics::model::Model,
    tasks::locomotion::{Bound, Spec, Start},
};

impl Preset for InvertedPendulumConfig {
    const ROBOT: &'static str = "inverted_pendulum";

    fn spec(&self, model: &Model) -> Spec {
        Spec {
            observation: parts(state(model, false, 0, f64::INFINITY)),
            rewards: vec![survive(1.0)],
            healthy: vec![Bound::position("angle of the pole", 1, (-0.2, 0.2))],
            terminate_when_unhealthy: true,
            start: Start::uniform(self.reset_noise_scale, model),
            ..body!(self, "inverted_pendulum@1", model)
        }
    }
}
