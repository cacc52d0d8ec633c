//! What a locomotion task is, as plain data.

use crate::physics::stepper::Integrator;

/// The range that clips nothing.
pub const EVERYTHING: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// A task for one robot.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Versioned name: `hopper@1`.
    pub id: String,
    /// Steps after which an episode is truncated.
    pub episode_length: usize,
    /// Physics steps an environment step.
    pub frame_skip: u32,
    /// Integrator of the physics.
    pub integrator: Integrator,
    /// Newton iterations at most.
    pub newton_iterations: u32,
    /// The observation, part by part.
    pub observation: Vec<Part>,
    /// Where the robot is, for its forward velocity; `None`: the task has none.
    pub progress: Option<Progress>,
    /// Reward for a forward velocity of 1 m/s.
    pub forward_reward_weight: f64,
    /// Cost of the sum of squared controls.
    pub ctrl_cost_weight: f64,
    /// Cost of contact forces.
    pub contact_cost: Option<ContactCost>,
    /// Reward of a step that ends healthy.
    pub healthy_reward: f64,
    /// The robot is healthy while all of these hold.
    pub healthy: Vec<Bound>,
    /// Whether an unhealthy robot ends the episode.
    pub terminate_when_unhealthy: bool,
    /// Half width of the uniform noise on the start positions, and on the velocities unless they are normal.
    pub reset_noise_scale: f64,
    /// Start velocities are normal, with `reset_noise_scale` as standard deviation.
    pub normal_velocities: bool,
}

/// A part of an observation.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// `qpos` from this index on.
    Positions(usize),
    /// `qvel`, clipped to plus and minus this.
    Velocities(f64),
    /// Spatial inertias of the bodies at the last forward evaluation.
    Inertias,
    /// Spatial velocities of the bodies at the last forward evaluation.
    BodyVelocities,
    /// Motor forces of the dofs from this index on.
    MotorForces(usize),
    /// Contact forces on the bodies at the last forward evaluation, each clipped to this range.
    ContactForces((f64, f64)),
}

/// Whose x coordinate measures progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// `qpos[0]`.
    Root,
    /// The centre of mass at the last forward evaluation.
    CentreOfMass,
    /// A body's origin at the last forward evaluation.
    Body(usize),
}

/// Cost of the sum of squared contact forces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContactCost {
    /// Weight of the sum.
    pub weight: f64,
    /// Each component is first clipped to this range.
    pub clip: (f64, f64),
    /// The cost is clipped to this range.
    pub range: (f64, f64),
}

/// An interval that a state variable must lie in.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// In words: `height`.
    pub name: String,
    /// Which variable.
    pub of: StateIndex,
    /// Open interval.
    pub range: (f64, f64),
}

/// A state variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateIndex {
    /// A position.
    Position(usize),
    /// All positions from this one on, and all velocities.
    AllFrom(usize),
}

impl Bound {
    /// A bound on position `index`.
    pub fn position(name: &str, index: usize, range: (f64, f64)) -> Self {
        Self { name: name.into(), of: StateIndex::Position(index), range }
    }
}
