//! Humanoid-v5.

use super::{ENOUGH_CONTACTS, Preset, body, contact, contacts, control, forward, parts, state, survive};
use crate::{
    config::HumanoidConfig,
    physics::model::Model,
    tasks::locomotion::{Axis, Bound, EVERYTHING, Progress, Reward, Source, Spec, Start},
};

impl Preset for HumanoidConfig {
    const ROBOT: &'static str = "humanoid";

    fn spec(&self, model: &Model) -> Spec {
        let plain = state(model, self.exclude_current_positions_from_observation, 2, f64::INFINITY);
        let bodies = [
            (self.include_cinert_in_observation, Source::Inertias.all(model)),
            (self.include_cvel_in_observation, Source::BodyVelocities.all(model)),
            (self.include_qfrc_actuator_in_observation, Source::MotorForces.from(6, model)),
            (self.include_cfrc_ext_in_observation, Source::ContactForces.all(model)),
        ];
        let contact =
            Reward { limits: self.contact_cost_range, ..contact(self.contact_cost_weight, EVERYTHING, model) };
        Spec {
            observation: parts(plain.into_iter().chain(bodies)),
            rewards: vec![
                forward(self.forward_reward_weight, self.most_forward_velocity),
                survive(self.healthy_reward),
                control(self.ctrl_cost_weight, model),
                contact,
            ],
            progress: Some(Progress::CentreOfMass(Axis::X)),
            healthy: vec![Bound::position("height of the torso", 2, self.healthy_z_range)],
            terminate_when_unhealthy: self.terminate_when_unhealthy,
            harness: self.harness.is_some(),
            start: Start::uniform(self.reset_noise_scale, model),
            contacts: contacts(self.max_contacts, ENOUGH_CONTACTS),
            ..body!(self, "humanoid@1", model)
        }
    }
}
