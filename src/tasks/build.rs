//! From the configuration of a task to the task.

use include_dir::{Dir, include_dir};

use super::{
    Task,
    cartpole::CartPole,
    locomotion::{Bound, ContactCost, Locomotion, Spec, StateIndex},
};
use crate::{
    config::{self, TaskConfig},
    physics::{mjcf, model::Model, stepper},
    plan::build::PlanError,
};

static ROBOTS: Dir = include_dir!("$CARGO_MANIFEST_DIR/assets/robots");

/// The task that a configuration asks for.
///
/// Errors: a robot that does not compile, or that the stepper cannot turn into code.
pub fn build(config: &TaskConfig) -> Result<Box<dyn Task>, PlanError> {
    Ok(match config {
        TaskConfig::Hopper(task) => locomotion("hopper", |model| hopper(task, model))?,
        TaskConfig::Walker2d(task) => locomotion("walker2d", |model| walker2d(task, model))?,
        TaskConfig::Humanoid(task) => locomotion("humanoid", |model| humanoid(task, model))?,
        TaskConfig::InvertedPendulum(task) => locomotion("inverted_pendulum", |model| inverted_pendulum(task, model))?,
        TaskConfig::CartPole(task) => Box::new(CartPole { episode_length: task.episode_length as usize }),
    })
}

/// Compiles the embedded robot `name`.
///
/// Errors: the file is not there, or lies outside the subset.
pub fn robot(name: &str) -> Result<Model, PlanError> {
    let file = format!("{name}.xml");
    let missing = || PlanError::Part(format!("there is no robot {file}"));
    let xml = ROBOTS.get_file(&file).and_then(|file| file.contents_utf8()).ok_or_else(missing)?;
    let compiled = mjcf::compile(&file, xml).map_err(|error| PlanError::Part(error.to_string()))?;
    Ok(compiled.model)
}

fn locomotion(name: &str, spec: impl Fn(&Model) -> Spec) -> Result<Box<dyn Task>, PlanError> {
    let model = robot(name)?;
    let task = Locomotion::new(spec(&model), model).map_err(|error| PlanError::Part(format!("{name}: {error}")))?;
    Ok(Box::new(task))
}

/// The fields that all robots share.
macro_rules! common {
    ($task:expr, $preset:expr) => {{
        let preset = $preset;
        Spec {
            episode_length: $task.episode_length as usize,
            integrator: integrator($task.integrator, preset.integrator),
            newton_iterations: $task.newton_iterations,
            reset_noise_scale: $task.reset_noise_scale,
            ..preset
        }
    }};
}

/// The fields that all robots that walk share.
macro_rules! walking {
    ($task:expr, $preset:expr) => {
        Spec {
            forward_reward_weight: $task.forward_reward_weight,
            ctrl_cost_weight: $task.ctrl_cost_weight,
            healthy_reward: $task.healthy_reward,
            terminate_when_unhealthy: $task.terminate_when_unhealthy,
            ..common!($task, $preset)
        }
    };
}

fn hopper(task: &config::HopperConfig, model: &Model) -> Spec {
    let healthy = vec![
        Bound::position("height of the torso", 1, task.healthy_z_range),
        Bound::position("angle of the torso", 2, task.healthy_angle_range),
        Bound {
            name: "every other state variable".into(),
            of: StateIndex::AllFrom(2),
            range: task.healthy_state_range,
        },
    ];
    Spec { healthy, ..walking!(task, Spec::hopper(model)) }
}

fn walker2d(task: &config::Walker2dConfig, model: &Model) -> Spec {
    let healthy = vec![
        Bound::position("height of the torso", 1, task.healthy_z_range),
        Bound::position("angle of the torso", 2, task.healthy_angle_range),
    ];
    Spec { healthy, ..walking!(task, Spec::walker2d(model)) }
}

fn humanoid(task: &config::HumanoidConfig, model: &Model) -> Spec {
    let cost = ContactCost { weight: task.contact_cost_weight, clip: f64::INFINITY, range: task.contact_cost_range };
    let healthy = vec![Bound::position("height of the torso", 2, task.healthy_z_range)];
    Spec { healthy, contact_cost: Some(cost), ..walking!(task, Spec::humanoid(model)) }
}

fn inverted_pendulum(task: &config::InvertedPendulumConfig, model: &Model) -> Spec {
    common!(task, Spec::inverted_pendulum(model))
}

fn integrator(wanted: config::Integrator, of_model: stepper::Integrator) -> stepper::Integrator {
    match wanted {
        config::Integrator::Model => of_model,
        config::Integrator::Euler => stepper::Integrator::Euler,
        config::Integrator::Rk4 => stepper::Integrator::Rk4,
    }
}
