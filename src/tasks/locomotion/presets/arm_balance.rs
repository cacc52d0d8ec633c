//! Arm of Brand's thesis (2024) with two muscles.

use super::{Preset, body, fibres};
use crate::{
    config::ArmBalanceConfig,
    physics::{
        model::Model,
        muscle::{Muscle, Path},
    },
    tasks::locomotion::{Reward, Source, Spec, Start, Value},
};

impl Preset for ArmBalanceConfig {
    const ROBOT: &'static str = "arm_balance";

    /// Sets the muscles' lengths. The tendon takes its share of the length at angle 0, and the muscle is at its
    /// optimum with the rest.
    fn robot(&self, mut model: Model) -> Model {
        for muscle in Muscle::all(&model) {
            if let Path::Hinge { arms: [c1, c2], .. } = muscle.laws.path {
                let whole = c1.hypot(c2);
                model.actuator_lengthrange[muscle.actuator] = [self.tendon_ratio * whole, whole];
            }
        }
        model
    }

    fn spec(&self, model: &Model) -> Spec {
        let mut start = Start::uniform(self.reset_angle_to.max(self.reset_angle_from), model);
        start.hollow[0] = self.reset_angle_from.min(self.reset_angle_to);
        start.velocities[0] = self.reset_velocity;
        let mut observation = vec![Source::Positions.all(model), Source::Velocities.all(model)];
        if self.proprioception {
            observation.extend(fibres(model));
        }
        Spec {
            observation,
            rewards: vec![
                Reward::cost("reward_angle", self.reward_angle_weight, Value::squares(Source::Positions.all(model))),
                Reward::cost(
                    "reward_effort",
                    self.reward_effort_weight,
                    Value::squares(Source::Activations.all(model)),
                ),
            ],
            start,
            ..body!(self, "arm_balance@1", model)
        }
    }
}
