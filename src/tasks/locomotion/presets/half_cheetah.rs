//! HalfCheetah-v5.

use super::{Preset, forward, parts, state};
use crate::{
    config::HalfCheetahConfig,
    physics::model::Model,
    tasks::locomotion::{Progress, Spec},
};

impl Preset for HalfCheetahConfig {
    const ROBOT: &'static str = "half_cheetah";

    fn spec(&self, model: &Model) -> Spec {
        let observation = parts(state(self.exclude_current_positions_from_observation, 1, f64::INFINITY));
        Spec { normal_velocities: true, ..forward!(self, "half_cheetah@1", model, Progress::Root, observation) }
    }
}
