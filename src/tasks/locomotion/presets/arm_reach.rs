//! Arm with six muscles that reaches for a target.

use super::{Preset, body, fibres};
use crate::{
    config::ArmReachConfig,
    physics::{model::Model, stepper::Place},
    tasks::locomotion::{Disc, Reward, Source, Spec, Start, Value},
};

/// Tip of the arm in the axes of the lower arm, m.
const TIP: [f64; 3] = [0.0, 0.0, -0.25];

impl Preset for ArmReachConfig {
    const ROBOT: &'static str = "arm_reach";

    fn spec(&self, model: &Model) -> Spec {
        let [target, lower] = [1, 2].map(|from_the_end| model.sizes.nbody - from_the_end);
        let way = Source::Between(Place::origin(target), Place { body: lower, offset: TIP });
        let mut start = Start::uniform(self.reset_noise_scale, model);
        start.velocities.fill(0.0);
        start.discs = vec![Disc { first: 2, radius: self.target_radius }];
        // shoulder, elbow, and where the target lies
        let mut observation = vec![
            Source::Positions.all(model),
            Source::Velocities.slice(0..2),
            way.clone().slice(0..1),
            way.clone().slice(2..3),
        ];
        if self.proprioception {
            observation.extend(fibres(model));
        }
        Spec {
            observation,
            rewards: vec![
                Reward::cost("reward_dist", self.reward_dist_weight, Value::Length(way.all(model))),
                Reward::cost(
                    "reward_effort",
                    self.reward_effort_weight,
                    Value::squares(Source::Activations.all(model)),
                ),
            ],
            start,
            ..body!(self, "arm_reach@1", model)
        }
    }
}
