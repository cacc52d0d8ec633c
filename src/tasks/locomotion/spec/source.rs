//! Numbers of the state that tasks read.

use std::ops::Range;

use crate::physics::{model::Model, stepper::Place};

/// Range that clips nothing.
pub const EVERYTHING: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// List of numbers that a robot's state gives. "Last" means the last forward evaluation inside an environment step:
/// Runge-Kutta's fourth stage, or Euler's start of the last physics step. Before the first step it means the start.
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
    /// Controls of the motors in the step, in the motors' units; zero before the first.
    Controls,
    /// Force of motors and muscles on each dof; with muscles or tendons that of the last evaluation.
    MotorForces,
    /// Lengths of the muscles relative to their optimal ones, last.
    MuscleLengths,
    /// Velocities of the muscles relative to their largest ones, positive for lengthening, last.
    MuscleVelocities,
    /// Tensions of the muscles, N, last.
    MuscleForces,
    /// Activations of the muscles, after the step.
    Activations,
    /// Force of limits and contacts on each dof, last; zero before the first step.
    ConstraintForces,
    /// Spatial inertias of the bodies (ten numbers each, the world left out), last.
    Inertias,
    /// Spatial velocities of the bodies (six each), last.
    BodyVelocities,
    /// Contact forces on the bodies (six each), last; zero before the first step.
    ContactForces,
    /// Position of a point, last.
    Place(Place),
    /// Vector from the first point to the second, last.
    Between(Place, Place),
    /// Vertical component of a body's z axis, last: 1 upright, -1 upside down.
    Upright(usize),
}

impl Source {
    /// Returns the number of entries.
    pub fn count(&self, model: &Model) -> usize {
        let sizes = &model.sizes;
        match self {
            Self::Positions | Self::Sines | Self::Cosines => sizes.nq,
            Self::Velocities | Self::MotorForces | Self::ConstraintForces => sizes.nv,
            Self::Controls => sizes.nu,
            Self::MuscleLengths | Self::MuscleVelocities | Self::MuscleForces | Self::Activations => sizes.na,
            Self::Inertias => 10 * (sizes.nbody - 1),
            Self::BodyVelocities | Self::ContactForces => 6 * (sizes.nbody - 1),
            Self::Place(_) | Self::Between(..) => 3,
            Self::Upright(_) => 1,
        }
    }

    /// Returns all entries.
    pub fn all(self, model: &Model) -> Slice {
        let count = self.count(model);
        self.slice(0..count)
    }

    /// Returns the entries from number `first` on.
    pub fn from(self, first: usize, model: &Model) -> Slice {
        let count = self.count(model);
        self.slice(first..count)
    }

    /// Returns the entries in `range`.
    pub fn slice(self, range: Range<usize>) -> Slice {
        Slice { source: self, range, clip: EVERYTHING }
    }

    /// Returns the points that it reads.
    pub(super) fn places(&self) -> Vec<Place> {
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
    /// Source of the numbers.
    pub source: Source,
    /// Indices in the source.
    pub range: Range<usize>,
    /// Limits of each number.
    pub clip: (f64, f64),
}

impl Slice {
    /// Returns the same slice, clipped.
    pub fn clipped(self, low: f64, high: f64) -> Self {
        Self { clip: (low, high), ..self }
    }
}
