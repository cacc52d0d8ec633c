//! What a locomotion task is, as plain data, and the six robots of Gymnasium's v5 environments.

use crate::physics::{model::Model, stepper::Integrator};

/// A task for one robot. The presets' values are Gymnasium's; every field may be changed.
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
    /// Contact forces on the bodies at the last forward evaluation, clipped to plus and minus this.
    ContactForces(f64),
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
    /// Each component is first clipped to plus and minus this.
    pub clip: f64,
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

impl Spec {
    /// A task that only rewards staying alive; presets start from it.
    fn new(id: &str, model: &Model, frame_skip: u32, observation: Vec<Part>) -> Self {
        Self {
            id: id.into(),
            episode_length: 1000,
            frame_skip,
            integrator: Integrator::of(model),
            newton_iterations: 12,
            observation,
            progress: None,
            forward_reward_weight: 1.0,
            ctrl_cost_weight: 0.0,
            contact_cost: None,
            healthy_reward: 1.0,
            healthy: vec![],
            terminate_when_unhealthy: true,
            reset_noise_scale: 0.01,
            normal_velocities: false,
        }
    }

    /// Hopper-v5.
    pub fn hopper(model: &Model) -> Self {
        Self {
            progress: Some(Progress::Root),
            ctrl_cost_weight: 1e-3,
            healthy: vec![
                Bound::position("height of the torso", 1, (0.7, f64::INFINITY)),
                Bound::position("angle of the torso", 2, (-0.2, 0.2)),
                Bound { name: "every other state variable".into(), of: StateIndex::AllFrom(2), range: (-100.0, 100.0) },
            ],
            reset_noise_scale: 5e-3,
            ..Self::new("hopper@1", model, 4, vec![Part::Positions(1), Part::Velocities(10.0)])
        }
    }

    /// Walker2d-v5.
    pub fn walker2d(model: &Model) -> Self {
        Self {
            progress: Some(Progress::Root),
            ctrl_cost_weight: 1e-3,
            healthy: vec![
                Bound::position("height of the torso", 1, (0.8, 2.0)),
                Bound::position("angle of the torso", 2, (-1.0, 1.0)),
            ],
            reset_noise_scale: 5e-3,
            ..Self::new("walker2d@1", model, 4, vec![Part::Positions(1), Part::Velocities(10.0)])
        }
    }

    /// Humanoid-v5.
    pub fn humanoid(model: &Model) -> Self {
        let parts = vec![
            Part::Positions(2),
            Part::Velocities(f64::INFINITY),
            Part::Inertias,
            Part::BodyVelocities,
            Part::MotorForces(6),
            Part::ContactForces(f64::INFINITY),
        ];
        Self {
            progress: Some(Progress::CentreOfMass),
            forward_reward_weight: 1.25,
            ctrl_cost_weight: 0.1,
            contact_cost: Some(ContactCost { weight: 5e-7, clip: f64::INFINITY, range: (f64::NEG_INFINITY, 10.0) }),
            healthy_reward: 5.0,
            healthy: vec![Bound::position("height of the torso", 2, (1.0, 2.0))],
            reset_noise_scale: 1e-2,
            ..Self::new("humanoid@1", model, 5, parts)
        }
    }

    /// Ant-v5.
    pub fn ant(model: &Model) -> Self {
        let parts = vec![Part::Positions(2), Part::Velocities(f64::INFINITY), Part::ContactForces(1.0)];
        Self {
            progress: Some(Progress::Body(1)),
            ctrl_cost_weight: 0.5,
            contact_cost: Some(ContactCost { weight: 5e-4, clip: 1.0, range: (f64::NEG_INFINITY, f64::INFINITY) }),
            healthy: vec![Bound::position("height of the torso", 2, (0.2, 1.0))],
            reset_noise_scale: 0.1,
            normal_velocities: true,
            ..Self::new("ant@1", model, 5, parts)
        }
    }

    /// HalfCheetah-v5.
    pub fn half_cheetah(model: &Model) -> Self {
        Self {
            progress: Some(Progress::Root),
            ctrl_cost_weight: 0.1,
            healthy_reward: 0.0,
            terminate_when_unhealthy: false,
            reset_noise_scale: 0.1,
            normal_velocities: true,
            ..Self::new("half_cheetah@1", model, 5, vec![Part::Positions(1), Part::Velocities(f64::INFINITY)])
        }
    }

    /// InvertedPendulum-v5.
    pub fn inverted_pendulum(model: &Model) -> Self {
        Self {
            healthy: vec![Bound::position("angle of the pole", 1, (-0.2, 0.2))],
            ..Self::new("inverted_pendulum@1", model, 2, vec![Part::Positions(0), Part::Velocities(f64::INFINITY)])
        }
    }
}
