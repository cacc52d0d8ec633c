//! Construction of a task from its configuration.

use std::path::Path;

use include_dir::{Dir, include_dir};

use super::{
    Task, TaskError,
    cartpole::CartPole,
    imitation::{IntegrateAndFire, Plasticity, Stdp},
    locomotion::{Locomotion, Preset, custom},
    maze::{self, Maze},
};
use crate::{
    config::{self, LocomotionConfig, TaskConfig},
    physics::{
        mjcf::{self, Compiled},
        model::Model,
    },
};

/// Builds a task of spike-timing plasticity from its configuration.
macro_rules! plastic {
    ($plasticity:expr, $task:expr) => {
        Stdp {
            plasticity: $plasticity,
            episode_length: $task.episode_length as usize,
            base_weight: $task.base_weight as f32,
            pre_from: $task.pre_from as usize,
            pre_to: $task.pre_to as usize,
            largest_interval: $task.largest_interval as usize,
            transmitter_share: $task.transmitter_share as f32,
        }
    };
}

/// Builds a maze from its configuration.
macro_rules! maze {
    ($id:expr, $floor:expr, $task:expr) => {
        Maze {
            id: $id,
            floor: $floor,
            episode_length: $task.episode_length as usize,
            energy: $task.energy as usize,
            swap_after: $task.swap_after as usize,
            swap_probability: $task.swap_probability as f32,
            action_threshold: $task.action_threshold as f32,
            shuffle_sensors: $task.shuffle_sensors,
            shuffle_outputs: $task.shuffle_outputs,
        }
    };
}

static ROBOTS: Dir = include_dir!("$CARGO_MANIFEST_DIR/assets/robots");

/// Returns the task that a configuration asks for.
///
/// Errors: a robot that does not compile, or that the stepper cannot turn into code.
pub fn build(config: &TaskConfig) -> Result<Box<dyn Task>, TaskError> {
    Ok(match config {
        TaskConfig::Hopper(task) => locomotion(task)?,
        TaskConfig::Walker2d(task) => locomotion(task)?,
        TaskConfig::Humanoid(task) => locomotion(task)?,
        TaskConfig::Ant(task) => locomotion(task)?,
        TaskConfig::HalfCheetah(task) => locomotion(task)?,
        TaskConfig::Swimmer(task) => locomotion(task)?,
        TaskConfig::Reacher(task) => locomotion(task)?,
        TaskConfig::InvertedDoublePendulum(task) => locomotion(task)?,
        TaskConfig::InvertedPendulum(task) => locomotion(task)?,
        TaskConfig::ArmBalance(task) => locomotion(task)?,
        TaskConfig::ArmReach(task) => locomotion(task)?,
        TaskConfig::Locomotion(task) => own_robot(task)?,
        TaskConfig::CartPole(task) => Box::new(CartPole { episode_length: task.episode_length as usize }),
        TaskConfig::IntegrateAndFire(task) => Box::new(IntegrateAndFire {
            episode_length: task.episode_length as usize,
            spike_threshold: task.spike_threshold as f32,
            count_surplus: task.count_surplus,
        }),
        TaskConfig::Stdp(task) => Box::new(plastic!(Plasticity::Simple, task)),
        TaskConfig::ComplexStdp(task) => Box::new(plastic!(Plasticity::Complex, task)),
        TaskConfig::TMaze(task) => Box::new(maze!("t_maze@1", &maze::T, task)),
        TaskConfig::DoubleTMaze(task) => Box::new(maze!("double_t_maze@1", &maze::DOUBLE_T, task)),
    })
}

/// Returns the task of a user-supplied robot.
fn own_robot(task: &LocomotionConfig) -> Result<Box<dyn Task>, TaskError> {
    let file = task.robot.file();
    let failed = |error: &dyn std::fmt::Display| TaskError::Robot(format!("{file}: {error}"));
    let model = task.robot.model().ok_or_else(|| failed(&"the robot is not loaded"))?;
    let spec = custom(task, model).map_err(|error| failed(&error))?;
    Ok(Box::new(Locomotion::new(spec, model.clone()).map_err(|error| failed(&error))?))
}

/// Returns the body of an arm.
///
/// Errors: the body does not compile (a bug).
pub fn arm(task: &config::ArmBalanceConfig) -> Result<Model, TaskError> {
    Ok(Preset::robot(task, robot(config::ArmBalanceConfig::ROBOT)?))
}

/// Compiles the embedded robot `name`.
///
/// Errors: a file that does not exist, or that lies outside the supported subset.
pub fn robot(name: &str) -> Result<Model, TaskError> {
    let file = format!("{name}.xml");
    let missing = || TaskError::Refused(format!("there is no robot {file}"));
    let xml = ROBOTS.get_file(&file).and_then(|file| file.contents_utf8()).ok_or_else(missing)?;
    let compiled = mjcf::compile(&file, xml).map_err(|error| TaskError::Refused(error.to_string()))?;
    Ok(compiled.model)
}

/// Compiles a user-supplied robot file and its includes.
///
/// Errors, with the place in the file: a file that cannot be read, or that lies outside the supported subset.
pub fn robot_file(path: &Path) -> Result<Compiled, TaskError> {
    mjcf::compile_file(path).map_err(|error| TaskError::Robot(error.to_string()))
}

/// Returns a robot file without a task: one step is one time step with `integrator`.
///
/// Errors: as for [`robot_file`]; a feature that the stepper does not support.
pub fn bare(path: &Path, integrator: config::Integrator) -> Result<Box<dyn Task>, TaskError> {
    let name = path.display().to_string();
    let task = Locomotion::bare(&name, robot_file(path)?.model, integrator);
    Ok(Box::new(task.map_err(|error| TaskError::Robot(format!("{name}: {error}")))?))
}

fn locomotion<T: Preset>(task: &T) -> Result<Box<dyn Task>, TaskError> {
    let model = task.robot(robot(T::ROBOT)?);
    let failed = |error| TaskError::Refused(format!("{}: {error}", T::ROBOT));
    Ok(Box::new(Locomotion::new(task.spec(&model), model).map_err(failed)?))
}
