//! What a task with a body is, as plain data: what is observed, rewarded and allowed are slices of a few sources.

mod reward;
mod source;

pub use reward::{Reward, Square, Value};
pub use source::{EVERYTHING, Slice, Source};

use crate::physics::{
    model::Model,
    stepper::{Capacity, Integrator, Place},
};

/// A task for one robot.
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
    /// Newton iterations at most.
    pub newton_iterations: u32,
    /// How many contacts are kept at once.
    pub contacts: Capacity,
    /// The observation, part by part.
    pub observation: Vec<Slice>,
    /// The terms whose sum is the reward.
    pub rewards: Vec<Reward>,
    /// Where the robot is, for its forward velocity; `None`: the task has none.
    pub progress: Option<Progress>,
    /// The robot is healthy while all of these hold.
    pub healthy: Vec<Bound>,
    /// Whether an unhealthy robot ends the episode.
    pub terminate_when_unhealthy: bool,
    /// Whether a helping force acts on the root body.
    pub harness: bool,
    /// Whether `run.reward_factors` multiplies the terms of the reward.
    pub factors: bool,
    /// How an episode starts.
    pub start: Start,
    /// Pairs of joints that are each other's mirror images; empty: found from the robot alone.
    pub mirrored: Vec<[usize; 2]>,
}

/// An axis of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Axis {
    X,
    Y,
    Z,
}

impl Axis {
    /// Its number.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Its letter.
    pub fn name(self) -> &'static str {
        ["x", "y", "z"][self.index()]
    }
}

/// The coordinate that progress is measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// A position of the state.
    Position(usize),
    /// The first tree's centre of mass at the last forward evaluation.
    CentreOfMass(Axis),
    /// A point at the last forward evaluation.
    Place(Place, Axis),
}

impl Progress {
    /// Along which axis it goes, as far as is known.
    pub fn axis(self) -> Axis {
        match self {
            Self::Position(_) => Axis::X,
            Self::CentreOfMass(axis) | Self::Place(_, axis) => axis,
        }
    }
}

/// An interval that numbers must lie in.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// In words: `height of the torso`.
    pub name: String,
    /// Which numbers.
    pub of: Vec<Slice>,
    /// Open interval.
    pub range: (f64, f64),
}

impl Bound {
    /// Makes a bound on one number.
    pub fn new(name: &str, source: Source, index: usize, range: (f64, f64)) -> Self {
        Self { name: name.into(), of: vec![source.slice(index..index + 1)], range }
    }

    /// Makes a bound on position `index`.
    pub fn position(name: &str, index: usize, range: (f64, f64)) -> Self {
        Self::new(name, Source::Positions, index, range)
    }
}

/// How an episode starts: at the model's pose and at rest, with noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Half widths of the uniform noise on the positions `[nq]`.
    pub positions: Vec<f64>,
    /// Half widths of what that noise leaves out about the pose `[nq]`.
    pub hollow: Vec<f64>,
    /// Size of the noise on the velocities `[nv]`: half widths, or standard deviations.
    pub velocities: Vec<f64>,
    /// Whether the noise on the velocities is normal.
    pub normal_velocities: bool,
    /// Pairs of positions that are drawn from discs instead.
    pub discs: Vec<Disc>,
}

impl Start {
    /// Makes the same uniform noise on all positions and velocities.
    pub fn uniform(scale: f64, model: &Model) -> Self {
        Self {
            positions: vec![scale; model.sizes.nq],
            hollow: vec![0.0; model.sizes.nq],
            velocities: vec![scale; model.sizes.nv],
            normal_velocities: false,
            discs: vec![],
        }
    }

    /// Makes the same with normal noise on the velocities.
    pub fn normal(scale: f64, model: &Model) -> Self {
        Self { normal_velocities: true, ..Self::uniform(scale, model) }
    }
}

/// A pair of positions, uniform in a disc about 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disc {
    /// The first of the two.
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

    /// Returns whether any slice reads this source.
    pub fn reads(&self, source: &Source) -> bool {
        self.slices().any(|slice| slice.source == *source)
    }

    /// Returns whether some term of the reward weighs this.
    pub fn weighs(&self, value: &Value) -> bool {
        self.rewards.iter().any(|reward| reward.value == *value)
    }

    /// Returns whether any slice reads what only muscles have.
    pub fn feels_muscles(&self) -> bool {
        use Source::{MuscleForces, MuscleLengths, MuscleVelocities};
        self.slices().any(|slice| matches!(slice.source, MuscleLengths | MuscleVelocities | MuscleForces))
    }

    /// Returns whether observation or reward hold the forces of the actuators.
    pub fn feels_motors(&self) -> bool {
        self.reads(&Source::MotorForces) || self.weighs(&Value::Power)
    }

    /// Returns all points that are looked at, each once.
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

    /// Returns all bodies whose uprightness is looked at, each once.
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
