//! Cost of every pass of a plan, per frame or per member.

use super::{Plan, evolution::COMPACT_EVERY};
use crate::kernel::{
    buffers::BufferId,
    cost::{Assumptions, Cost, CountError, Counter, Operations},
    entry::{Kernel, PassId},
    genome::Factors,
};

/// Unit that a cost refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// One member of the population in one generation.
    Member,
    /// One environment step of one life.
    Frame,
}

/// The cost of one pass of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PassCost {
    /// Identity of the pass.
    pub id: PassId,
    /// Unit of `cost`.
    pub unit: Unit,
    /// Operations and bytes per unit.
    pub cost: Cost,
}

impl Plan {
    /// Returns the cost of every pass, in the order of the passes.
    ///
    /// - `firing_rate_hz`: mean over neurons, Hz of simulated time
    ///
    /// Errors: a kernel with a loop of unknown length (a bug).
    pub fn costs(&self, firing_rate_hz: f64) -> Result<Vec<PassCost>, CountError> {
        let mut counter = Counter::default();
        self.passes.iter().map(|pass| self.cost(&mut counter, &pass.kernel, firing_rate_hz)).collect()
    }

    /// Returns the assumptions about the task's kernels, in the layout that this plan uses.
    pub fn task_assumptions(&self) -> Assumptions {
        self.task.assumptions(self.task_lanes > 1)
    }

    fn cost(&self, counter: &mut Counter, kernel: &Kernel, firing_rate_hz: f64) -> Result<PassCost, CountError> {
        let id = kernel.id;
        let plain = Assumptions::default();
        let lanes = f64::from(counter.workgroup(kernel)?);
        let lives = self.episodes as f64; // per member
        let mut count = |assumptions: &Assumptions, invocations: f64| {
            Ok::<_, CountError>(counter.count(kernel, assumptions)? * invocations)
        };
        let (unit, cost) = match id {
            PassId::NetworkStep => {
                let mut cost = self.network.cost(&self.io, firing_rate_hz);
                if let Some(factors) = &self.genome.factors {
                    share(&mut cost, factors);
                }
                (Unit::Frame, cost)
            }
            // Only membrane potentials are drawn: one word of the state per neuron.
            PassId::NetworkReset => {
                let drawn = self.network.n_neurons() as f64 / self.network.state_words(&self.io) as f64;
                let invocations = lives * lanes / self.individuals_per_workgroup() as f64;
                (Unit::Member, count(&plain.share("quad", drawn), invocations)?)
            }
            PassId::TaskStep => (Unit::Frame, count(&self.task_assumptions(), self.task_lanes as f64)?),
            PassId::TaskReset => (Unit::Member, count(&self.task_assumptions(), lives * self.task_lanes as f64)?),
            PassId::Start => (Unit::Member, count(&plain, lives)?),
            // One chunk of slots, one invocation per slot; the prefix sum doubles its stride up to the chunk's width.
            PassId::Compact => {
                let chunk = plain.trips("base", 1.0).trips("stride", lanes.log2());
                (Unit::Frame, count(&chunk, 1.0 / COMPACT_EVERY as f64)?)
            }
            PassId::Sample => {
                let (assumptions, invocations) = self.algorithm.sample_cost(&self.genome);
                (Unit::Member, count(&assumptions, invocations)?)
            }
            _ => match self.evolution().ok().and_then(|evolution| evolution.pass_cost(id, &self.genome)) {
                Some((assumptions, invocations)) => (Unit::Member, count(&assumptions, invocations)?),
                None => return Err(CountError::UnknownPass(id.name().into())),
            },
        };
        Ok(PassCost { id, unit, cost })
    }
}

/// Adds the reads and products of `factors` to the step of an individual, whose other parameters are shared.
fn share(cost: &mut Cost, factors: &Factors) {
    let read = cost.buffers.remove(&BufferId::Theta).unwrap_or_default().read;
    cost.read(BufferId::Theta, read + 4.0 * factors.words() as f64);
    let products = factors.words() as f64;
    cost.operations = cost.operations + Operations { add: products, multiply: products, ..Default::default() };
}
