//! Tasks of the embedded robots as data, most of them Gymnasium's v5 environments. There is one file per robot;
//! defaults are in the configuration's fields.

mod ant;
mod arm_balance;
mod arm_reach;
mod half_cheetah;
mod hopper;
mod humanoid;
mod inverted_double_pendulum;
mod inverted_pendulum;
mod reacher;
mod swimmer;
mod walker2d;

use super::{EVERYTHING, Reward, Slice, Source, Spec, Value};
use crate::{
    config::Integrator as Wanted,
    physics::{
        model::Model,
        stepper::{Capacity, Integrator},
    },
};

/// Configuration of an embedded robot's task.
pub trait Preset {
    /// Name of the robot's file in `assets/robots/`, without `.xml`.
    const ROBOT: &'static str;

    /// Returns the robot as this configuration wants it.
    fn robot(&self, model: Model) -> Model {
        model
    }

    /// Returns the task for the compiled robot.
    fn spec(&self, model: &Model) -> Spec;
}

/// Returns a preset's task with Gymnasium's values.
pub fn gymnasium<T: Preset + Default>(model: &Model) -> Spec {
    T::default().spec(model)
}

/// Expands to a task with the fields that every configuration of a body has. It observes and rewards nothing, starts
/// without noise and never ends early.
macro_rules! body {
    ($task:expr, $id:expr, $model:expr) => {
        $crate::tasks::locomotion::Spec {
            id: $id.into(),
            episode_length: $task.episode_length as usize,
            frame_skip: $task.frame_skip,
            integrator: $crate::tasks::locomotion::presets::integrator($task.integrator, $model),
            newton_iterations: $task.newton_iterations,
            contacts: $crate::tasks::locomotion::presets::ENOUGH_CONTACTS,
            observation: vec![],
            rewards: vec![],
            progress: None,
            healthy: vec![],
            terminate_when_unhealthy: false,
            harness: false,
            factors: false,
            start: $crate::tasks::locomotion::Start::uniform(0.0, $model),
            mirrored: vec![],
        }
    };
}

pub(super) use body;

/// Returns the parts that are wanted.
fn parts(parts: impl IntoIterator<Item = (bool, Slice)>) -> Vec<Slice> {
    parts.into_iter().filter(|(wanted, _)| *wanted).map(|(_, part)| part).collect()
}

/// Returns `qpos` and `qvel`. If `hide` is set, `qpos` lacks its first `hidden` entries. `qvel` is clipped to
/// `+-clip`.
fn state(model: &Model, hide: bool, hidden: usize, clip: f64) -> [(bool, Slice); 2] {
    let positions = Source::Positions.from(if hide { hidden } else { 0 }, model);
    [(true, positions), (true, Source::Velocities.all(model).clipped(-clip, clip))]
}

/// Returns a reward of `weight` times the forward velocity, of which at most `most` counts.
pub fn forward(weight: f64, most: Option<f64>) -> Reward {
    let limits = match most {
        None => EVERYTHING,
        Some(most) if weight < 0.0 => (weight * most, f64::INFINITY),
        Some(most) => (f64::NEG_INFINITY, weight * most),
    };
    Reward { limits, ..Reward::gain("reward_forward", weight, Value::Velocity) }
}

fn survive(reward: f64) -> Reward {
    Reward::gain("reward_survive", reward, Value::Healthy)
}

fn control(weight: f64, model: &Model) -> Reward {
    Reward::cost("reward_ctrl", weight, Value::squares(Source::Controls.all(model)))
}

/// Returns a cost of `weight` times the sum of squared contact forces, each clipped first.
fn contact(weight: f64, (low, high): (f64, f64), model: &Model) -> Reward {
    Reward::cost("reward_contact", weight, Value::squares(Source::ContactForces.all(model).clipped(low, high)))
}

/// Capacity for contacts that is enough for the embedded robots.
pub const ENOUGH_CONTACTS: Capacity = Capacity::Known { between: 8, shared: 16 };

/// Returns the capacity for contacts that a configuration asks for, or the `usual` one.
pub fn contacts(wanted: Option<u32>, usual: Capacity) -> Capacity {
    wanted.map_or(usual, |wanted| Capacity::Given(wanted as usize))
}

/// Returns the integrator that a configuration asks for.
pub fn integrator(wanted: Wanted, model: &Model) -> Integrator {
    match wanted {
        Wanted::Model => Integrator::of(model),
        Wanted::Euler => Integrator::Euler,
        Wanted::Rk4 => Integrator::Rk4,
    }
}

/// Returns the sensations of muscles: length and velocity as in spindles, tension as in Golgi organs, and activation.
fn fibres(model: &Model) -> [Slice; 4] {
    [Source::MuscleLengths, Source::MuscleVelocities, Source::MuscleForces, Source::Activations]
        .map(|source| source.all(model))
}
