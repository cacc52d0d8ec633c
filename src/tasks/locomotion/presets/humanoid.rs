//! Humanoid-v5.

use super::{Preset, parts, state, walking};
use crate::{
    config::HumanoidConfig,
    physics::model::Model,
    tasks::locomotion::{Bound, ContactCost, EVERYTHING, Part, Progress, Spec},
};

impl Preset for HumanoidConfig {
    const ROBOT: &'static str = "humanoid";

    fn spec(&self, model: &Model) -> Spec {
        let plain = state(self.exclude_current_positions_from_observation, 2, f64::INFINITY);
        let observation = parts(plain.into_iter().chain([
            (self.include_cinert_in_observation, Part::Inertias),
            (self.include_cvel_in_observation, Part::BodyVelocities),
            (self.include_qfrc_actuator_in_observation, Part::MotorForces(6)),
            (self.include_cfrc_ext_in_observation, Part::ContactForces(EVERYTHING)),
        ]));
        Spec {
            contact_cost: Some(ContactCost {
                weight: self.contact_cost_weight,
                clip: EVERYTHING,
                range: self.contact_cost_range,
            }),
            healthy: vec![Bound::position("height of the torso", 2, self.healthy_z_range)],
            ..walking!(self, "humanoid@1", model, Progress::CentreOfMass, observation)
        }
    }
}
