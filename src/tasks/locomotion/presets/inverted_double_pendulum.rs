//! InvertedDoublePendulum-v5.

use super::{Preset, body, survive};
use crate::{
    config::InvertedDoublePendulumConfig,
    physics::{model::Model, stepper::Place},
    tasks::locomotion::{Bound, Reward, Source, Spec, Square, Start, Value},
};

impl Preset for InvertedDoublePendulumConfig {
    const ROBOT: &'static str = "inverted_double_pendulum";

    fn spec(&self, model: &Model) -> Spec {
        // The end of the second pole, 0.6 m from its hinge: the site `tip` of Gymnasium's file.
        let tip = Source::Place(Place { body: model.sizes.nbody - 1, offset: [0.0, 0.0, 0.6] });
        let square = |source: &Source, index: usize, about: f64, weight: f64| Square {
            of: source.clone().slice(index..index + 1),
            about: vec![about],
            weight,
        };
        let distance = vec![square(&tip, 0, 0.0, 0.01), square(&tip, 2, 2.0, 1.0)];
        let speed = vec![square(&Source::Velocities, 1, 0.0, 1e-3), square(&Source::Velocities, 2, 0.0, 5e-3)];
        Spec {
            observation: vec![
                Source::Positions.slice(0..1),
                Source::Sines.from(1, model),
                Source::Cosines.from(1, model),
                Source::Velocities.all(model).clipped(-10.0, 10.0),
                Source::ConstraintForces.slice(0..1).clipped(-10.0, 10.0),
            ],
            rewards: vec![
                survive(self.healthy_reward),
                Reward::cost("distance_penalty", 1.0, Value::Squares(distance)),
                Reward::cost("velocity_penalty", 1.0, Value::Squares(speed)),
            ],
            healthy: vec![Bound::new("height of the tip", tip, 2, (1.0, f64::INFINITY))],
            terminate_when_unhealthy: true,
            start: Start::normal(self.reset_noise_scale, model),
            ..body!(self, "inverted_double_pendulum@1", model)
        }
    }
}
