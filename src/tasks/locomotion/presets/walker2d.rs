//! Walker2d-v5.

use super::{ENOUGH_CONTACTS, Preset, body, contacts, control, forward, parts, state, survive};
use crate::{
    config::Walker2dConfig,
    physics::model::Model,
    tasks::locomotion::{Bound, Progress, Spec, Start},
};

impl Preset for Walker2dConfig {
    const ROBOT: &'static str = "walker2d";

    fn spec(&self, model: &Model) -> Spec {
        Spec {
            observation: parts(state(model, self.exclude_current_positions_from_observation, 1, 10.0)),
            rewards: vec![
                forward(self.forward_reward_weight, self.most_forward_velocity),
                survive(self.healthy_reward),
                control(self.ctrl_cost_weight, model),
            ],
            progress: Some(Progress::Position(0)),
            healthy: vec![
                Bound::position("height of the torso", 1, self.healthy_z_range),
                Bound::position("angle of the torso", 2, self.healthy_angle_range),
            ],
            terminate_when_unhealthy: self.terminate_when_unhealthy,
            start: Start::uniform(self.reset_noise_scale, model),
            contacts: contacts(self.max_contacts, ENOUGH_CONTACTS),
            ..body!(self, "walker2d@1", model)
        }
    }
}
