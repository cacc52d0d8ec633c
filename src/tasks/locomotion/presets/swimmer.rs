//! Swimmer-v5.

use super::{ENOUGH_CONTACTS, Preset, body, contacts, control, forward, parts, state};
use crate::{
    config::SwimmerConfig,
    physics::model::Model,
    tasks::locomotion::{Progress, Spec, Start},
};

impl Preset for SwimmerConfig {
    const ROBOT: &'static str = "swimmer";

    fn spec(&self, model: &Model) -> Spec {
        Spec {
            observation: parts(state(model, self.exclude_current_positions_from_observation, 2, f64::INFINITY)),
            rewards: vec![
                forward(self.forward_reward_weight, self.most_forward_velocity),
                control(self.ctrl_cost_weight, model),
            ],
            progress: Some(Progress::Position(0)),
            start: Start::uniform(self.reset_noise_scale, model),
            contacts: contacts(self.max_contacts, ENOUGH_CONTACTS),
            ..body!(self, "swimmer@1", model)
        }
    }
}
