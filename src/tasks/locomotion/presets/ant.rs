//! Ant-v5.

use super::{Preset, parts, state, walking};
use crate::{
    config::AntConfig,
    physics::model::Model,
    tasks::locomotion::{Bound, ContactCost, EVERYTHING, Part, Progress, Spec},
};

impl Preset for AntConfig {
    const ROBOT: &'static str = "ant";

    fn spec(&self, model: &Model) -> Spec {
        let plain = state(self.exclude_current_positions_from_observation, 2, f64::INFINITY);
        let forces = (self.include_cfrc_ext_in_observation, Part::ContactForces(self.contact_force_range));
        Spec {
            contact_cost: Some(ContactCost {
                weight: self.contact_cost_weight,
                clip: self.contact_force_range,
                range: EVERYTHING,
            }),
            healthy: vec![Bound::position("height of the torso", 2, self.healthy_z_range)],
            normal_velocities: true,
            ..walking!(self, "ant@1", model, Progress::Body(1), parts(plain.into_iter().chain([forces])))
        }
    }
}
