//! HalfCheetah-v5.

use super::{ENOUGH_CONTACTS, Preset, body, contacts, control, forward, parts, state};
use crate::{
    config::HalfCheetahConfig,
    physics::model::Model,
    tasks::locomotion::{Progress, Spec, Start},
};

impl Preset for HalfCheetahConfig {
    const ROBOT: &'static str = "half_cheetah";

    fn spec(&self, model: &Model) -> Spec {
        Spec {
            observation: parts(state(model, self.exclude_current_positions_from_observation, 1, f64::INFINITY)),
            rewards: vec![
                forward(self.forward_reward_weight, self.most_forward_velocity),
                control(self.ctrl_cost_weight, model),
            ],
            progress: Some(Progress::Position(0)),
            start: Start::normal(self.reset_noise_scale, model),
            contacts: contacts(self.max_contacts, ENOUGH_CONTACTS),
            ..body!(self, "half_cheetah@1", model)
        }
    }
}
