//! Hopper-v5.

use super::{Preset, parts, state, walking};
use crate::{
    config::HopperConfig,
    physics::model::Model,
    tasks::locomotion::{Bound, Progress, Spec, StateIndex},
};

impl Preset for HopperConfig {
    const ROBOT: &'static str = "hopper";

    fn spec(&self, model: &Model) -> Spec {
        let observation = parts(state(self.exclude_current_positions_from_observation, 1, 10.0));
        let other = Bound {
            name: "every other state variable".into(),
            of: StateIndex::AllFrom(2),
            range: self.healthy_state_range,
        };
        Spec {
            healthy: vec![
                Bound::position("height of the torso", 1, self.healthy_z_range),
                Bound::position("angle of the torso", 2, self.healthy_angle_range),
                other,
            ],
            ..walking!(self, "hopper@1", model, Progress::Root, observation)
        }
    }
}
