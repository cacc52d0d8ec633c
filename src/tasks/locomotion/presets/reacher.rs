//! Reacher-v5.

use super::{Preset, body, control};
use crate::{
    config::ReacherConfig,
    physics::{model::Model, stepper::Place},
    tasks::locomotion::{Disc, Reward, Source, Spec, Start, Value},
};

impl Preset for ReacherConfig {
    const ROBOT: &'static str = "reacher";

    fn spec(&self, model: &Model) -> Spec {
        let [target, fingertip] = [1, 2].map(|from_the_end| Place::origin(model.sizes.nbody - from_the_end));
        let way = Source::Between(target, fingertip);
        // The target lies still, anywhere within the arm's reach.
        let start = Start {
            velocities: vec![0.005, 0.005, 0.0, 0.0],
            discs: vec![Disc { first: 2, radius: 0.2 }],
            ..Start::uniform(0.1, model)
        };
        Spec {
            observation: vec![
                Source::Cosines.slice(0..2),
                Source::Sines.slice(0..2),
                Source::Positions.slice(2..4),
                Source::Velocities.slice(0..2),
                way.clone().slice(0..2),
            ],
            rewards: vec![
                Reward::cost("reward_dist", self.reward_dist_weight, Value::Length(way.all(model))),
                control(self.reward_control_weight, model),
            ],
            start,
            ..body!(self, "reacher@1", model)
        }
    }
}
