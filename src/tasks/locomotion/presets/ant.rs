//! Ant-v5.

use super::{ENOUGH_CONTACTS, Preset, body, contact, contacts, control, forward, parts, state, survive};
use crate::{
    config::AntConfig,
    physics::{model::Model, stepper::Place},
    tasks::locomotion::{Axis, Bound, Progress, Source, Spec, Start},
};

impl Preset for AntConfig {
    const ROBOT: &'static str = "ant";

    fn spec(&self, model: &Model) -> Spec {
        let plain = state(model, self.exclude_current_positions_from_observation, 2, f64::INFINITY);
        let (low, high) = self.contact_force_range;
        let forces = (self.include_cfrc_ext_in_observation, Source::ContactForces.all(model).clipped(low, high));
        Spec {
            observation: parts(plain.into_iter().chain([forces])),
            rewards: vec![
                forward(self.forward_reward_weight, self.most_forward_velocity),
                survive(self.healthy_reward),
                control(self.ctrl_cost_weight, model),
                contact(self.contact_cost_weight, self.contact_force_range, model),
            ],
            progress: Some(Progress::Place(Place::origin(1), Axis::X)),
            healthy: vec![Bound::position("height of the torso", 2, self.healthy_z_range)],
            terminate_when_unhealthy: self.terminate_when_unhealthy,
            harness: self.harness.is_some(),
            start: Start::normal(self.reset_noise_scale, model),
            contacts: contacts(self.max_contacts, ENOUGH_CONTACTS),
            ..body!(self, "ant@1", model)
        }
    }
}
