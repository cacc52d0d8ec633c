//! What a pass costs: arithmetic and bytes for one frame or one member, counted from the plan itself.
//!
//! Kernels are counted from the text that is dispatched ([`Counter`]); what their text cannot say, how often loops run and
//! branches are taken, is stated by those who wrote them ([`Assumptions`]). A network states its cost by formula
//! ([`crate::networks::Network::cost`]), since it depends on how often its neurons fire.

mod count;
mod loops;
mod operations;
pub mod peak;
mod walk;

use std::{
    collections::BTreeMap,
    ops::{Add, AddAssign, Mul},
};

pub use count::{Assumptions, CountError, Counter};

use super::{
    build::{COMPACT_EVERY, Plan},
    genome::Factors,
    kernel::Kernel,
};

/// Arithmetic by kind; a vector operation counts once a component, a fused multiply-add twice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Operations {
    /// f32 additions, subtractions, rounding to whole numbers.
    pub add: f64,
    /// f32 multiplications.
    pub multiply: f64,
    /// f32 divisions.
    pub divide: f64,
    /// f32 square roots, inverse square roots, exponentials, logarithms, trigonometry.
    pub special: f64,
    /// f32 comparisons, minima, maxima, choices.
    pub select: f64,
    /// Integer and boolean arithmetic, conversions, but not the arithmetic of addresses.
    pub integer: f64,
    /// Counts of one bits.
    pub popcount: f64,
}

impl Operations {
    /// All f32 arithmetic.
    pub fn f32(&self) -> f64 {
        self.add + self.multiply + self.divide + self.special + self.select
    }

    /// Everything.
    pub fn total(&self) -> f64 {
        self.f32() + self.integer + self.popcount
    }
}

/// Bytes that invocations ask of a storage buffer, whether a cache has them or not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Read.
    pub read: f64,
    /// Written.
    pub written: f64,
}

/// Operations and bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cost {
    /// Arithmetic.
    pub operations: Operations,
    /// Traffic by buffer name.
    pub buffers: BTreeMap<String, Traffic>,
}

impl Cost {
    /// Bytes of all buffers, both ways.
    pub fn bytes(&self) -> f64 {
        self.buffers.values().map(|traffic| traffic.read + traffic.written).sum()
    }

    /// Adds `bytes` read from `buffer`.
    pub fn read(&mut self, buffer: &str, bytes: f64) {
        self.buffers.entry(buffer.into()).or_default().read += bytes;
    }

    /// Adds `bytes` written to `buffer`.
    pub fn write(&mut self, buffer: &str, bytes: f64) {
        self.buffers.entry(buffer.into()).or_default().written += bytes;
    }
}

impl Mul<f64> for Operations {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            add: times * self.add,
            multiply: times * self.multiply,
            divide: times * self.divide,
            special: times * self.special,
            select: times * self.select,
            integer: times * self.integer,
            popcount: times * self.popcount,
        }
    }
}

impl Add for Operations {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            add: self.add + other.add,
            multiply: self.multiply + other.multiply,
            divide: self.divide + other.divide,
            special: self.special + other.special,
            select: self.select + other.select,
            integer: self.integer + other.integer,
            popcount: self.popcount + other.popcount,
        }
    }
}

impl Mul<f64> for Cost {
    type Output = Self;

    fn mul(mut self, times: f64) -> Self {
        self.operations = self.operations * times;
        for traffic in self.buffers.values_mut() {
            traffic.read *= times;
            traffic.written *= times;
        }
        self
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.operations = self.operations + other.operations;
        for (name, traffic) in other.buffers {
            let sum = self.buffers.entry(name).or_default();
            sum.read += traffic.read;
            sum.written += traffic.written;
        }
    }
}

/// What a cost is counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// One member of the population, once a generation.
    Member,
    /// One environment step of one life.
    Frame,
}

/// The cost of one pass of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PassCost {
    /// The pass: name of its kernel.
    pub name: String,
    /// Of what `cost` is the price.
    pub unit: Unit,
    /// Operations and bytes a unit.
    pub cost: Cost,
}

impl Plan {
    /// The cost of every pass, in the order of the passes.
    ///
    /// - `firing_rate_hz`: mean over neurons, Hz of simulated time
    ///
    /// Errors: a kernel with a loop whose length nobody states (a bug).
    pub fn costs(&self, firing_rate_hz: f64) -> Result<Vec<PassCost>, CountError> {
        let mut counter = Counter::default();
        self.passes.iter().map(|pass| self.cost(&mut counter, &pass.kernel, firing_rate_hz)).collect()
    }

    /// What the kernels of the task assume in the shape that this plan has them in.
    pub fn task_assumptions(&self) -> Assumptions {
        self.task.assumptions(self.task_lanes > 1)
    }

    fn cost(&self, counter: &mut Counter, kernel: &Kernel, firing_rate_hz: f64) -> Result<PassCost, CountError> {
        let name = kernel.name.as_str();
        let plain = Assumptions::default();
        let lanes = f64::from(counter.workgroup(kernel)?);
        let lives = self.episodes as f64; // of a member
        let mut count = |assumptions: &Assumptions, invocations: f64| {
            Ok::<_, CountError>(counter.count(kernel, assumptions)? * invocations)
        };
        let (unit, cost) = match name {
            "network.step" => {
                let mut cost = self.network.cost(&self.io, firing_rate_hz);
                if let Some(factors) = &self.genome.factors {
                    share(&mut cost, factors);
                }
                (Unit::Frame, cost)
            }
            // Only the potentials, one word a neuron of the state, are drawn.
            "network.reset" => {
                let drawn = self.network.n_neurons() as f64 / self.network.state_words(&self.io) as f64;
                let invocations = lives * lanes / self.network.individuals_per_workgroup() as f64;
                (Unit::Member, count(&plain.share("quad", drawn), invocations)?)
            }
            "task.step" => (Unit::Frame, count(&self.task_assumptions(), self.task_lanes as f64)?),
            "task.reset" => (Unit::Member, count(&self.task_assumptions(), lives * self.task_lanes as f64)?),
            "rollout.start" => (Unit::Member, count(&plain, lives)?),
            // One chunk of slots, one invocation a slot; the prefix sum doubles its stride up to the chunk's width.
            "rollout.compact" => {
                let chunk = plain.trips("base", 1.0).trips("stride", lanes.log2());
                (Unit::Frame, count(&chunk, 1.0 / COMPACT_EVERY as f64)?)
            }
            _ => match self.algorithm.pass_cost(name, &self.genome) {
                Some((assumptions, invocations)) => (Unit::Member, count(&assumptions, invocations)?),
                None => return Err(CountError::UnknownPass(name.into())),
            },
        };
        Ok(PassCost { name: name.into(), unit, cost })
    }
}

/// The step of an individual that shares its parameters but for `factors`: these are read and multiplied besides.
fn share(cost: &mut Cost, factors: &Factors) {
    let read = cost.buffers.remove("theta").unwrap_or_default().read;
    cost.read("theta", read + 4.0 * factors.words() as f64);
    let products = factors.words() as f64;
    cost.operations = cost.operations + Operations { add: products, multiply: products, ..Default::default() };
}
