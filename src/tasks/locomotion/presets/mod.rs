//! Gymnasium's v5 environments as data: one file a robot, its defaults in the configuration's fields.

mod ant;
mod half_cheetah;
mod hopper;
mod humanoid;
mod inverted_pendulum;
mod walker2d;

use super::{Part, Spec};
use crate::{
    config::Integrator as Wanted,
    physics::{model::Model, stepper::Integrator},
};

/// A configuration that says what one of our robots has to do.
pub trait Preset {
    /// File of the robot in `assets/robots/`, without `.xml`.
    const ROBOT: &'static str;

    /// The task for the compiled robot.
    fn spec(&self, model: &Model) -> Spec;
}

/// A preset's task with Gymnasium's values.
pub fn gymnasium<T: Preset + Default>(model: &Model) -> Spec {
    T::default().spec(model)
}

/// A task with the fields that every configuration of a body has; it rewards nothing and never ends.
macro_rules! body {
    ($task:expr, $id:literal, $model:expr, $observation:expr) => {
        $crate::tasks::locomotion::Spec {
            id: $id.into(),
            episode_length: $task.episode_length as usize,
            frame_skip: $task.frame_skip,
            integrator: $crate::tasks::locomotion::presets::integrator($task.integrator, $model),
            newton_iterations: $task.newton_iterations,
            observation: $observation,
            progress: None,
            forward_reward_weight: 0.0,
            ctrl_cost_weight: 0.0,
            contact_cost: None,
            healthy_reward: 0.0,
            healthy: vec![],
            terminate_when_unhealthy: false,
            reset_noise_scale: $task.reset_noise_scale,
            normal_velocities: false,
        }
    };
}

/// The same, rewarded for moving forward at the cost of control.
macro_rules! forward {
    ($task:expr, $id:literal, $model:expr, $progress:expr, $observation:expr) => {
        $crate::tasks::locomotion::Spec {
            progress: Some($progress),
            forward_reward_weight: $task.forward_reward_weight,
            ctrl_cost_weight: $task.ctrl_cost_weight,
            ..$crate::tasks::locomotion::presets::body!($task, $id, $model, $observation)
        }
    };
}

/// The same for a body that can fall.
macro_rules! walking {
    ($task:expr, $id:literal, $model:expr, $progress:expr, $observation:expr) => {
        $crate::tasks::locomotion::Spec {
            healthy_reward: $task.healthy_reward,
            terminate_when_unhealthy: $task.terminate_when_unhealthy,
            ..$crate::tasks::locomotion::presets::forward!($task, $id, $model, $progress, $observation)
        }
    };
}

use {body, forward, walking};

/// The parts that are wanted.
fn parts(parts: impl IntoIterator<Item = (bool, Part)>) -> Vec<Part> {
    parts.into_iter().filter(|(wanted, _)| *wanted).map(|(_, part)| part).collect()
}

/// `qpos`, without its first `hidden` entries where the configuration hides them, and `qvel`.
fn state(hide: bool, hidden: usize, clip: f64) -> [(bool, Part); 2] {
    [(true, Part::Positions(if hide { hidden } else { 0 })), (true, Part::Velocities(clip))]
}

/// The integrator that a configuration asks for.
pub fn integrator(wanted: Wanted, model: &Model) -> Integrator {
    match wanted {
        Wanted::Model => Integrator::of(model),
        Wanted::Euler => Integrator::Euler,
        Wanted::Rk4 => Integrator::Rk4,
    }
}
