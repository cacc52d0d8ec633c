//! Names of each source's numbers in the generated kernels: the same slices read from two layouts.

use std::ops::Range;

use super::{
    spec::{Axis, Progress, Slice, Source, Spec},
    text::clipped,
};
use crate::physics::{cooperative::place_text, model::Model, stepper::Place};

/// Maximum count of numbers that are written out; more become a loop.
const WRITTEN_OUT: usize = 8;

/// Layout of the numbers that a task reads.
pub trait Names {
    /// Returns number `index`, a WGSL expression not known before run time; `None` if the numbers are separate
    /// variables.
    fn indexed(&self, source: &Source, index: &str) -> Option<String>;

    /// Returns number `k`.
    fn at(&self, source: &Source, k: usize) -> String;

    /// Returns the coordinate of progress.
    fn place(&self, progress: Progress) -> String;

    /// Returns the head of a loop over `range`, with `k` as its counter.
    fn each(&self, range: &Range<usize>) -> String;

    /// Returns statements for every number of `slice`, clipped; `statement` receives the expression.
    fn for_each(&self, slice: &Slice, statement: &dyn Fn(&str) -> String) -> String {
        match self.indexed(&slice.source, "k").filter(|_| slice.range.len() > WRITTEN_OUT) {
            Some(value) => {
                format!("{} {{ {} }}\n", self.each(&slice.range), statement(&clipped(&value, slice.clip)))
            }
            None => slice
                .range
                .clone()
                .map(|k| statement(&clipped(&self.at(&slice.source, k), slice.clip)) + "\n")
                .collect(),
        }
    }
}

/// Layout of straight-line code: one private variable per number, and arrays only for what is read in loops.
pub struct Straight {
    places: Vec<Place>,
    uprights: Vec<usize>,
    /// True if actuator forces depend on the state.
    pulled: bool,
}

impl Straight {
    /// Returns the layout for a task.
    pub fn new(spec: &Spec, model: &Model) -> Self {
        Self { places: spec.places(), uprights: spec.uprights(), pulled: model.is_pulled() }
    }

    fn point(&self, place: &Place, axis: usize) -> String {
        let index = self.places.iter().position(|other| other == place).unwrap_or_default();
        format!("seen_place_{index}_{}", ["x", "y", "z"][axis])
    }
}

impl Names for Straight {
    fn indexed(&self, source: &Source, index: &str) -> Option<String> {
        match source {
            Source::ConstraintForces => Some(format!("seen_constraint[{index}]")),
            // the world's numbers come first
            Source::Inertias => Some(format!("seen_inertia[10u + {index}]")),
            Source::BodyVelocities => Some(format!("seen_velocity[6u + {index}]")),
            Source::ContactForces => Some(format!("seen_contact[6u + {index}]")),
            _ => None,
        }
    }

    fn at(&self, source: &Source, k: usize) -> String {
        match source {
            Source::Positions => format!("qpos_{k}"),
            Source::Sines => format!("sincos(qpos_{k}).x"),
            Source::Cosines => format!("sincos(qpos_{k}).y"),
            Source::Velocities => format!("qvel_{k}"),
            Source::Controls => format!("ctrl_{k}"),
            Source::MotorForces if self.pulled => format!("seen_driven_{k}"),
            Source::MotorForces => format!("motor_{k}"),
            Source::MuscleLengths => format!("seen_muscle_length_{k}"),
            Source::MuscleVelocities => format!("seen_muscle_velocity_{k}"),
            Source::MuscleForces => format!("seen_muscle_force_{k}"),
            Source::Activations => format!("act_{k}"),
            Source::Place(place) => self.point(place, k),
            Source::Between(from, to) => format!("({} - {})", self.point(to, k), self.point(from, k)),
            Source::Upright(body) => {
                let index = self.uprights.iter().position(|other| other == body).unwrap_or_default();
                format!("seen_upright_{index}")
            }
            Source::ConstraintForces | Source::Inertias | Source::BodyVelocities | Source::ContactForces => {
                self.indexed(source, &format!("{k}u")).unwrap_or_default()
            }
        }
    }

    fn place(&self, progress: Progress) -> String {
        match progress {
            Progress::Position(index) => format!("qpos_{index}"),
            Progress::CentreOfMass(axis) => format!("seen_com_{}", axis.name()),
            Progress::Place(place, axis) => self.point(&place, axis.index()),
        }
    }

    fn each(&self, range: &Range<usize>) -> String {
        format!("for (var k = {}u; k < at_run_time({}u); k++)", range.start, range.end)
    }
}

/// Layout of the cooperative kernels: arrays in workgroup memory.
pub struct Shared;

impl Names for Shared {
    fn indexed(&self, source: &Source, index: &str) -> Option<String> {
        Some(match source {
            Source::Positions => format!("qpos[{index}]"),
            Source::Sines => format!("sincos(qpos[{index}]).x"),
            Source::Cosines => format!("sincos(qpos[{index}]).y"),
            Source::Velocities => format!("qvel[{index}]"),
            Source::Controls => format!("ctrl[{index}]"),
            Source::MotorForces => format!("motor[{index}]"),
            Source::ConstraintForces => format!("excess[{index}]"),
            Source::Inertias => format!("body_inertia[10u + {index}]"),
            Source::BodyVelocities => format!("body_velocity[6u + {index}]"),
            Source::ContactForces => format!("body_force[6u + {index}]"),
            Source::Place(place) => format!("{}[{index}]", place_text(place)),
            Source::Between(from, to) => format!("({} - {})[{index}]", place_text(to), place_text(from)),
            Source::Upright(body) => format!("upright_of({body}u)"),
            // cooperative kernels have no muscles
            Source::MuscleLengths | Source::MuscleVelocities | Source::MuscleForces | Source::Activations => {
                return None;
            }
        })
    }

    fn at(&self, source: &Source, k: usize) -> String {
        self.indexed(source, &format!("{k}u")).unwrap_or_default()
    }

    fn place(&self, progress: Progress) -> String {
        match progress {
            Progress::Position(index) => format!("qpos[{index}]"),
            Progress::CentreOfMass(axis) => format!("com.{}", Axis::name(axis)),
            Progress::Place(place, axis) => format!("{}.{}", place_text(&place), axis.name()),
        }
    }

    fn each(&self, range: &Range<usize>) -> String {
        format!("for (var k = {}u; k < {}u; k++)", range.start, range.end)
    }
}
