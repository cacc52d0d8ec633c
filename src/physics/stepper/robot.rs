//! A robot and the options that a stepper is generated from.

use super::{
    Capacity, Integrator, StepperError,
    contact::{Pair, pairs},
    floor::floor_pairs,
    harness,
    muscle::{MuscleLengths, Pulls},
    observe::Observe,
    pairs::PairContacts,
    plane,
    stiffness::has_stiff_limit,
    trace::{Ex, Trace},
    tree::Tree,
};
use crate::physics::{model::Model, muscle::Muscle};

/// Options of a generated stepper.
#[derive(Debug, Clone)]
pub struct Options {
    /// Integration scheme.
    pub integrator: Integrator,
    /// Most Newton iterations. An early exit makes a high cap free.
    pub newton_iterations: u32,
    /// Number of contacts that are kept at once.
    pub contacts: Capacity,
    /// Quantities that tasks read.
    pub observe: Observe,
    /// Source of the muscles' lengths.
    pub muscle_lengths: MuscleLengths,
    /// True if the caller advances the activations, which a step then leaves unchanged.
    pub held_activation: bool,
    /// True if a helping force acts on the root body.
    pub harness: bool,
}

impl Options {
    /// Returns the defaults: the robot's own integrator, 30 iterations, contact places derived from its geoms,
    /// nothing observed.
    pub fn of(model: &Model) -> Self {
        Self {
            integrator: Integrator::of(model),
            newton_iterations: 30,
            contacts: Capacity::Derived,
            observe: Observe::default(),
            muscle_lengths: MuscleLengths::Literal,
            held_activation: false,
            harness: false,
        }
    }
}

/// A robot prepared for generation.
pub(super) struct Robot<'a> {
    pub model: &'a Model,
    pub tree: Tree,
    pub pairs: Vec<Pair>,
    pub slots: Option<PairContacts>,
    pub muscles: Vec<Muscle>,
    pub options: Options,
}

impl<'a> Robot<'a> {
    pub fn new(model: &'a Model, options: &Options) -> Result<Self, StepperError> {
        if model.sizes.nv == 0 {
            return Err(StepperError::Unsupported("robots without joints".into()));
        }
        if options.harness {
            harness::check(model)?;
        }
        let tree = Tree::new(model)?;
        let pairs = pairs(model)?;
        let slots = PairContacts::new(model, &pairs, options.contacts);
        let trees = (1..model.sizes.nbody).filter(|&b| model.body_rootid[b] == b && model.body_weldid[b] != 0).count();
        if options.observe.contact && slots.is_some() && trees > 1 {
            return Err(StepperError::Unsupported("contact forces of several trees that touch".into()));
        }
        let muscles = Muscle::all(model);
        Ok(Self { model, tree, pairs, slots, muscles, options: options.clone() })
    }

    /// Returns whether some row is stiff enough for a multiplier.
    pub fn has_multipliers(&self) -> bool {
        let mut limited = (0..self.model.sizes.ntendon).filter(|&t| self.model.tendon_limited[t]);
        self.pairs.iter().any(Pair::is_stiff) || limited.any(|t| has_stiff_limit(self.model, t))
    }

    /// Returns the actuators whose force varies within a step.
    pub fn pulls<'t>(&self, trace: &'t Trace) -> Pulls<'_, 't> {
        Pulls { trace, model: self.model, muscles: &self.muscles, lengths: self.options.muscle_lengths }
    }

    /// Returns the muscles whose activation is integrated with the rest of the state, and da/dt of each.
    pub fn rates<'t>(&self, trace: &'t Trace, act: &[Ex<'t>], ctrl: &[Ex<'t>]) -> Vec<(usize, Ex<'t>)> {
        if self.options.held_activation {
            return vec![];
        }
        let rates = self.pulls(trace).rates(act, ctrl);
        rates.into_iter().enumerate().filter_map(|(m, rate)| Some((m, rate?))).collect()
    }

    /// Returns the points that can touch planes: the plane's geom and the other, per point.
    pub fn floor_points(&self) -> Vec<[usize; 2]> {
        let points = |pair: &Pair| std::iter::repeat_n(pair.geoms, plane::count(pair.kinds[1]));
        floor_pairs(&self.pairs).into_iter().flat_map(points).collect()
    }
}
