//! What a task with a body is, as plain data: what is observed, rewarded and allowed are slices of a few sources.

use std::ops::Range;

use crate::physics::{
    model::Model,
    stepper::{Integrator, Place},
};

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
    pub observation: Vec<Slice>,
    /// The terms whose sum is the reward.
    pub rewards: Vec<Reward>,
    /// Where the robot is, for its forward velocity; `None`: the task has none.
    pub progress: Option<Progress>,
    /// The robot is healthy while all of these hold.
    pub healthy: Vec<Bound>,
    /// Whether an unhealthy robot ends the episode.
    pub terminate_when_unhealthy: bool,
    /// How an episode starts.
    pub start: Start,
}

/// A list of numbers that a robot's state gives. "Last" is the last forward evaluation inside an environment step:
/// Runge-Kutta's fourth stage, or Euler's start of the last physics step; before the first step, the start.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// `qpos`.
    Positions,
    /// Sines of `qpos`.
    Sines,
    /// Cosines of `qpos`.
    Cosines,
    /// `qvel`.
    Velocities,
    /// The motors' controls in the step, in the motors' units; zero before the first.
    Controls,
    /// Motor force on each dof.
    MotorForces,
    /// Force of limits and contacts on each dof, last; zero before the first step.
    ConstraintForces,
    /// Spatial inertias of the bodies (ten numbers each, the world left out), last.
    Inertias,
    /// Spatial velocities of the bodies (six each), last.
    BodyVelocities,
    /// Contact forces on the bodies (six each), last; zero before the first step.
    ContactForces,
    /// A point, last.
    Place(Place),
    /// From the first point to the second, last.
    Between(Place, Place),
    /// How far up the z axis of a body points, last: 1 upright, -1 upside down.
    Upright(usize),
}

impl Source {
    /// How many numbers it has.
    pub fn count(&self, model: &Model) -> usize {
        let sizes = &model.sizes;
        match self {
            Self::Positions | Self::Sines | Self::Cosines => sizes.nq,
            Self::Velocities | Self::MotorForces | Self::ConstraintForces => sizes.nv,
            Self::Controls => sizes.nu,
            Self::Inertias => 10 * (sizes.nbody - 1),
            Self::BodyVelocities | Self::ContactForces => 6 * (sizes.nbody - 1),
            Self::Place(_) | Self::Between(..) => 3,
            Self::Upright(_) => 1,
        }
    }

    /// All of it.
    pub fn all(self, model: &Model) -> Slice {
        let count = self.count(model);
        self.slice(0..count)
    }

    /// From number `first` on.
    pub fn from(self, first: usize, model: &Model) -> Slice {
        let count = self.count(model);
        self.slice(first..count)
    }

    /// A part of it.
    pub fn slice(self, range: Range<usize>) -> Slice {
        Slice { source: self, range, clip: EVERYTHING }
    }

    fn places(&self) -> Vec<Place> {
        match self {
            Self::Place(place) => vec![*place],
            Self::Between(from, to) => vec![*from, *to],
            _ => vec![],
        }
    }
}

/// Neighbouring numbers of a source, each clipped to a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Of what.
    pub source: Source,
    /// Which.
    pub range: Range<usize>,
    /// Limits of each number.
    pub clip: (f64, f64),
}

impl Slice {
    /// The same, clipped.
    pub fn clipped(self, low: f64, high: f64) -> Self {
        Self { clip: (low, high), ..self }
    }
}

/// A term of the reward: `weight * value`, clipped to `limits`; subtracted if it is a cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Reward {
    /// Name in reports.
    pub name: String,
    /// Whether it is subtracted.
    pub is_cost: bool,
    /// Factor.
    pub weight: f64,
    /// What is weighed.
    pub value: Value,
    /// Limits of the product.
    pub limits: (f64, f64),
}

impl Reward {
    /// A term that is added.
    pub fn gain(name: &str, weight: f64, value: Value) -> Self {
        Self { name: name.into(), is_cost: false, weight, value, limits: EVERYTHING }
    }

    /// A term that is subtracted.
    pub fn cost(name: &str, weight: f64, value: Value) -> Self {
        Self { is_cost: true, ..Self::gain(name, weight, value) }
    }
}

/// What a term of the reward weighs.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Velocity of the task's progress, m/s.
    Velocity,
    /// 1 while the robot is healthy, else 0.
    Healthy,
    /// Weighted sum of squares.
    Squares(Vec<Square>),
    /// Length of a vector.
    Length(Slice),
    /// How much a number lacks to `full`.
    Lack {
        /// One number.
        of: Slice,
        /// What it should be at most.
        full: f64,
    },
    /// Sum over dofs of the magnitude of motor force times velocity, W.
    Power,
}

impl Value {
    /// Sum of the squares of a slice.
    pub fn squares(of: Slice) -> Self {
        Self::Squares(vec![Square { of, about: vec![], weight: 1.0 }])
    }

    fn slices(&self) -> Vec<&Slice> {
        match self {
            Self::Squares(squares) => squares.iter().map(|square| &square.of).collect(),
            Self::Length(of) | Self::Lack { of, .. } => vec![of],
            Self::Velocity | Self::Healthy | Self::Power => vec![],
        }
    }
}

/// A part of a weighted sum of squares.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    /// The numbers.
    pub of: Slice,
    /// What is subtracted from each before squaring; empty: nothing.
    pub about: Vec<f64>,
    /// Weight of each square.
    pub weight: f64,
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
    /// A bound on one number.
    pub fn new(name: &str, source: Source, index: usize, range: (f64, f64)) -> Self {
        Self { name: name.into(), of: vec![source.slice(index..index + 1)], range }
    }

    /// A bound on position `index`.
    pub fn position(name: &str, index: usize, range: (f64, f64)) -> Self {
        Self::new(name, Source::Positions, index, range)
    }
}

/// How an episode starts: at the model's pose and at rest, with noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Half widths of the uniform noise on the positions `[nq]`.
    pub positions: Vec<f64>,
    /// Size of the noise on the velocities `[nv]`: half widths, or standard deviations.
    pub velocities: Vec<f64>,
    /// Whether the noise on the velocities is normal.
    pub normal_velocities: bool,
    /// Pairs of positions that are drawn from discs instead.
    pub discs: Vec<Disc>,
}

impl Start {
    /// The same uniform noise on all positions and velocities.
    pub fn uniform(scale: f64, model: &Model) -> Self {
        Self {
            positions: vec![scale; model.sizes.nq],
            velocities: vec![scale; model.sizes.nv],
            normal_velocities: false,
            discs: vec![],
        }
    }

    /// The same with normal noise on the velocities.
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
    /// All slices that observation, reward and bounds read.
    pub fn slices(&self) -> impl Iterator<Item = &Slice> {
        let rewards = self.rewards.iter().flat_map(|reward| reward.value.slices());
        self.observation.iter().chain(rewards).chain(self.healthy.iter().flat_map(|bound| &bound.of))
    }

    /// Whether any slice reads this source.
    pub fn reads(&self, source: &Source) -> bool {
        self.slices().any(|slice| slice.source == *source)
    }

    /// Whether some term of the reward weighs this.
    pub fn weighs(&self, value: &Value) -> bool {
        self.rewards.iter().any(|reward| reward.value == *value)
    }

    /// All points that are looked at, each once.
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

    /// All bodies whose uprightness is looked at, each once.
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
