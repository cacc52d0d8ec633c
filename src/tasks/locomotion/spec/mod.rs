//! Definition of a task with a body as plain data: observation, reward and bounds are slices of a few sources.

mod reward;
mod source;

pub use reward::{Reward, Square, Value};
pub use source::{EVERYTHING, Slice, Source};

use crate::physics::{
    model::Model,
    stepper::{Capacity, Integrator, Place},
};

/// Task for one robot.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Versioned name: `hopper@1`.
    pub id: String,
    /// Steps after which an episode is truncated.
    pub episode_length: usize,
    /// Physics steps per environment step.
    pub frame_skip: u32,
    /// Integrator of the physics.
    pub integrator: Integrator,
    /// Maximum number of Newton iterations.
    pub newton_iterations: u32,
    /// Capacity for contacts at the same time.
    pub contacts: Capacity,
    /// Parts of the observation.
    pub observation: Vec<Slice>,
    /// Terms whose sum is the reward.
    pub rewards: Vec<Reward>,
    /// Coordinate from which the forward velocity follows; `None` if the task has none.
    pub progress: Option<Progress>,
    /// Bounds that all hold while the robot is healthy.
    pub healthy: Vec<Bound>,
    /// True if an unhealthy robot ends the episode.
    pub terminate_when_unhealthy: bool,
    /// True if a helping force acts on the root body.
    pub harness: bool,
    /// True if `run.reward_factors` multiplies the reward terms.
    pub factors: bool,
    /// Start of an episode.
    pub start: Start,
    /// Pairs of joints that are each other's mirror images; if empty, they are found from the robot alone.
    pub mirrored: Vec<[usize; 2]>,
}

/// Axis of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Axis {
    X,
    Y,
    Z,
}

impl Axis {
    /// Returns the index of the axis, 0 to 2.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Returns the letter of the axis.
    pub fn name(self) -> &'static str {
        ["x", "y", "z"][self.index()]
    }
}

/// Coordinate that measures progress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// Position of the state.
    Position(usize),
    /// Centre of mass of the first tree at the last forward evaluation.
    CentreOfMass(Axis),
    /// Point at the last forward evaluation.
    Place(Place, Axis),
}

impl Progress {
    /// Returns the axis of progress; x for a position, whose axis is not known.
    pub fn axis(self) -> Axis {
        match self {
            Self::Position(_) => Axis::X,
            Self::CentreOfMass(axis) | Self::Place(_, axis) => axis,
        }
    }
}

/// Interval that numbers must lie in.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// Description, such as `height of the torso`.
    pub name: String,
    /// Numbers that must lie in the interval.
    pub of: Vec<Slice>,
    /// Open interval.
    pub range: (f64, f64),
}

impl Bound {
    /// Returns a bound on one number.
    pub fn new(name: &str, source: Source, index: usize, range: (f64, f64)) -> Self {
        Self { name: name.into(), of: vec![source.slice(index..index + 1)], range }
    }

    /// Returns a bound on position `index`.
    pub fn position(name: &str, index: usize, range: (f64, f64)) -> Self {
        Self::new(name, Source::Positions, index, range)
    }
}

/// Start of an episode: the model's pose at rest, with noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Half widths of the uniform noise on the positions `[nq]`.
    pub positions: Vec<f64>,
    /// Half widths of the interval about the pose that this noise leaves out `[nq]`.
    pub hollow: Vec<f64>,
    /// Size of the noise on the velocities `[nv]`: half widths, or standard deviations.
    pub velocities: Vec<f64>,
    /// True if the noise on the velocities is normal.
    pub normal_velocities: bool,
    /// Pairs of positions that are drawn from discs instead.
    pub discs: Vec<Disc>,
}

impl Start {
    /// Returns a start with the same uniform noise on all positions and velocities.
    pub fn uniform(scale: f64, model: &Model) -> Self {
        Self {
            positions: vec![scale; model.sizes.nq],
            hollow: vec![0.0; model.sizes.nq],
            velocities: vec![scale; model.sizes.nv],
            normal_velocities: false,
            discs: vec![],
        }
    }

    /// Returns the same start with normal noise on the velocities.
    pub fn normal(scale: f64, model: &Model) -> Self {
        Self { normal_velocities: true, ..Self::uniform(scale, model) }
    }
}

/// Pair of positions, uniform in a disc about 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disc {
    /// Index of the first of the two.
    pub first: usize,
    /// Radius, m.
    pub radius: f64,
}

impl Spec {
    /// Returns all slices that observation, reward and bounds read.
    pub fn slices(&self) -> impl Iterator<Item = &Slice> {
        let rewards = self.rewards.iter().flat_map(|reward| reward.value.slices());
        self.observation.iter().chain(rewards).chain(self.healthy.iter().flat_map(|bound| &bound.of))
    }

    /// Returns true if any slice reads this source.
    pub fn reads(&self, source: &Source) -> bool {
        self.slices().any(|slice| slice.source == *source)
    }

    /// Returns true if any reward term weighs this value.
    pub fn weighs(&self, value: &Value) -> bool {
        self.rewards.iter().any(|reward| reward.value == *value)
    }

    /// Returns true if any slice reads lengths, velocities or forces of muscles.
    pub fn feels_muscles(&self) -> bool {
        use Source::{MuscleForces, MuscleLengths, MuscleVelocities};
        self.slices().any(|slice| matches!(slice.source, MuscleLengths | MuscleVelocities | MuscleForces))
    }

    /// Returns true if observation, reward or bounds read the forces of the actuators.
    pub fn feels_motors(&self) -> bool {
        self.reads(&Source::MotorForces) || self.weighs(&Value::Power)
    }

    /// Returns all points that the task reads, each once.
    pub fn places(&self) -> Vec<Place> {
        let own = match self.progress {
            Some(Progress::Place(place, _)) => vec![place],
            _ => vec![],
        };
        let mut places: Vec<Place> = vec![];
        for place in own.into_iter().chain(self.slices().flat_map(|slice| slice.source.places())) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// Returns all bodies whose uprightness the task reads, each once.
    pub fn uprights(&self) -> Vec<usize> {
        let mut bodies = vec![];
        for slice in self.slices() {
            if let Source::Upright(body) = slice.source
                && !bodies.contains(&body)
            {
                bodies.push(body);
            }
        }
        bodies
    }
}
