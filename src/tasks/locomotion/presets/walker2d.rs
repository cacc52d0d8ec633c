//! Walker2d-v5.

use super::{Preset, parts, state, walking};
use crate::{
    config::Walker2dConfig,
    physics::model::Model,
    tasks::locomotion::{Bound, Progress, Spec},
};

impl Preset for Walker2dConfig {
    const ROBOT: &'static str = "walker2d";

    fn spec(&self, model: &Model) -> Spec {
        let observation = parts(state(self.exclude_current_positions_from_observation, 1, 10.0));
        Spec {
            healthy: vec![
                Bound::position("height of the torso", 1, self.healthy_z_range),
                Bound::position("angle of the torso", 2, self.healthy_angle_range),
            ],
            ..walking!(self, "walker2d@1", model, Progress::Root, observation)
        }
    }
}
