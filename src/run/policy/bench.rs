//! `gpu-ec bench` of a policy: whole iterations, then each pass by itself.

use std::collections::BTreeMap;

use super::{
    engine::{Iteration, PolicyEngine},
    state::PolicyState,
};
use crate::{
    config::{AlgorithmConfig, Config, PpoConfig},
    gpu::Gpu,
    kernel::entry::PassId,
    plan::{PlanError, policy::PolicyPlan},
    report::{PassReport, Peak},
    run::{
        RunError,
        bench::{BenchOptions, Timed},
        evolution::bench::pass_report,
    },
};

/// Policy that is timed.
pub struct PolicyBench<'a> {
    config: &'a Config,
    settings: &'a PpoConfig,
    steps: usize,
    engine: PolicyEngine<'a>,
    state: PolicyState,
}

impl<'a> PolicyBench<'a> {
    /// Compiles the kernels of `config`.
    pub fn new(gpu: &'a Gpu, config: &'a Config, options: &BenchOptions) -> Result<Self, RunError> {
        let AlgorithmConfig::Ppo(settings) = &config.algorithm else {
            return Err(PlanError::Refused(format!("{} has no policy", config.algorithm.name())).into());
        };
        let plan = PolicyPlan::new(config, gpu.adapter.traits())?;
        let state = PolicyState::new(config, settings, &plan);
        let mut engine = PolicyEngine::new(gpu, plan, config.seed, config.device.submission_ms)?;
        engine.warm_up(&state)?;
        Ok(Self { config, settings, steps: options.steps, engine, state })
    }

    fn iteration(&self) -> Iteration {
        Iteration::next(self.config, self.settings, &self.state, self.steps)
    }
}

impl Timed for PolicyBench<'_> {
    fn generation(&mut self) -> Result<u64, RunError> {
        let iteration = self.iteration();
        let collected = self.engine.iterate(&mut self.state, &iteration, &|| true)?.unwrap_or_default();
        self.state.rewards.merge_rollout(&collected);
        self.state.standing.generation += 1;
        Ok(collected.frames.len() as u64)
    }

    fn device_bytes(&self) -> u64 {
        self.engine.device_bytes()
    }

    fn passes(&mut self, peak: &Peak) -> Result<Vec<PassReport>, RunError> {
        let iteration = self.iteration();
        profile(&mut self.engine, &mut self.state, &iteration, peak)
    }
}

/// Times every pass of an iteration, and relates the seconds to the costs in the plan.
fn profile(
    engine: &mut PolicyEngine,
    state: &mut PolicyState,
    iteration: &Iteration,
    peak: &Peak,
) -> Result<Vec<PassReport>, RunError> {
    let (seconds, collected) = engine.profile(state, iteration)?;
    let total: f64 = seconds.values().sum();
    let network = &engine.plan.plan.network;
    let spikes: f64 = collected.environments.iter().map(|record| f64::from(record.spikes)).sum();
    let frames = collected.frames.len() as u64;
    let neuron_seconds = frames as f64 * network.n_neurons() as f64 * network.step_ms() / 1000.0;
    let costs = engine.plan.costs(spikes / neuron_seconds.max(f64::MIN_POSITIVE))?;
    let taken = |id: PassId| seconds.get(&id).copied().unwrap_or_default();
    Ok(costs.iter().map(|cost| pass_report(cost, taken(cost.id), taken(cost.id) / total, frames, peak)).collect())
}

/// Seconds that passes take.
pub type PassSeconds = BTreeMap<PassId, f64>;
