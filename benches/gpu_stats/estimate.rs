//! Frames per second by arithmetic: the plan's operations and bytes over published peaks at assumed efficiencies, and
//! the traffic of registers that the compiler spilled.

use gpu_ec::{
    kernel::{
        cost::{Cost, CountError},
        entry::PassId,
    },
    plan::{Plan, cost::Unit, evolution::COMPACT_EVERY},
};

use super::machines::Machine;

/// Published speed of Evolving Connectivity, frames per second, on a TITAN RTX with Brax's physics.
pub const PUBLISHED: f64 = 180_000.0;

/// Assumptions of the estimate.
#[derive(Clone, Copy)]
pub struct Assumed {
    /// Largest share of the f32 peak that the physics reaches.
    pub physics: f64,
    /// Share of the instruction rates that the policy, sampling and gradient reach.
    pub policy: f64,
    /// Share of the memory bandwidth that is reached.
    pub memory: f64,
    /// Seconds per kernel launch.
    pub launch: f64,
    /// Firing rate of the neurons, Hz.
    pub firing_rate_hz: f64,
    /// Steps that every member of a slab lives.
    pub steps: f64,
}

impl Default for Assumed {
    fn default() -> Self {
        Self { physics: 0.10, policy: 0.30, memory: 0.50, launch: 5e-6, firing_rate_hz: 50.0, steps: 1000.0 }
    }
}

/// Share of the filled lanes that the physics reaches if slots are fewer than lanes: a lone subgroup issues a
/// dependent instruction about every fourth cycle.
const LONE_ISSUE: f64 = 0.25;
/// Number of kernels that run once per slab, including the gradient.
const SLAB_LAUNCHES: f64 = 5.0;

/// Seconds of one step of a full slab, by use.
#[derive(Default)]
pub struct Parts {
    /// Launching kernels.
    pub launches: f64,
    /// The task's arithmetic.
    pub physics: f64,
    /// The network's arithmetic.
    pub policy: f64,
    /// All traffic, as if no cache held anything.
    pub memory: f64,
    /// Stores and loads of spilled registers.
    pub spills: f64,
    /// Sampling, starts and gradient.
    pub evolution: f64,
}

/// A plan with the vector registers that its `task.step` spills.
pub struct Subject {
    /// Preset.
    pub preset: &'static str,
    /// Plan that `run` would take on a GPU.
    pub plan: Plan,
    /// Spilled vector registers of `task.step`.
    pub spilled: u64,
}

impl Subject {
    /// Returns the number of forward evaluations of the physics in a step.
    fn evaluations(&self) -> f64 {
        self.plan.task_assumptions().share_of("last_evaluation").map_or(1.0, |share| 1.0 / share)
    }
}

impl Parts {
    /// Returns names and seconds of the parts.
    pub fn list(&self) -> [(&'static str, f64); 6] {
        [
            ("launches", self.launches),
            ("physics", self.physics),
            ("policy", self.policy),
            ("memory", self.memory),
            ("spilled registers of the physics", self.spills),
            ("sampling and gradient", self.evolution),
        ]
    }

    /// Returns the sum of all seconds: parts do not overlap.
    pub fn total(&self) -> f64 {
        self.list().iter().map(|(_, seconds)| seconds).sum()
    }
}

/// Estimates the parts of a step of the subject's slab on `machine`. A spilled register counts as stored and loaded
/// once per forward evaluation, in memory, because the scratch of a slab is larger than any cache.
pub fn parts(subject: &Subject, machine: &Machine, assumed: &Assumed) -> Result<Parts, CountError> {
    let plan = &subject.plan;
    let bandwidth = assumed.memory * machine.bandwidth;
    let slots = plan.n_slots as f64;
    let filled = slots * plan.task_lanes as f64 / machine.lanes;
    let physics_share = assumed.physics.min(LONE_ISSUE * filled.min(1.0));
    let instructions = |cost: &Cost| {
        let operations = cost.operations;
        let issue = operations.f32() / (0.5 * machine.f32) // one instruction is half a multiply-add
            + operations.integer / machine.integer
            + operations.popcount / machine.popcount;
        issue / assumed.policy
    };
    let mut parts = Parts {
        launches: assumed.launch * (2.0 + 1.0 / COMPACT_EVERY as f64 + SLAB_LAUNCHES / assumed.steps),
        spills: slots * 8.0 * subject.spilled as f64 * subject.evaluations() / bandwidth,
        ..Default::default()
    };
    for pass in plan.costs(assumed.firing_rate_hz)? {
        let traffic = pass.cost.bytes() / bandwidth;
        let (part, seconds, times) = match (pass.id, pass.unit) {
            (PassId::TaskStep, _) => {
                (&mut parts.physics, pass.cost.operations.total() / (physics_share * machine.f32), slots)
            }
            (_, Unit::Frame) => (&mut parts.policy, instructions(&pass.cost), slots),
            (_, Unit::Member) => (&mut parts.evolution, instructions(&pass.cost), slots / assumed.steps),
        };
        *part += seconds * times;
        parts.memory += traffic * times;
    }
    Ok(parts)
}
