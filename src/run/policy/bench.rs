//! `gpu-ec bench` of a policy: whole iterations, then each pass by itself.

use std::{collections::BTreeMap, time::Instant};

use cpu_time::ProcessTime;

use super::{
    engine::{Iteration, PolicyEngine},
    state::PolicyState,
};
use crate::{
    config::{AlgorithmConfig, Config},
    gpu::Gpu,
    kernel::entry::PassId,
    plan::{PlanError, policy::PolicyPlan},
    report::{BenchReport, PassReport, Peak},
    run::{
        RunError,
        evolution::{
            bench::{BenchOptions, pass_report},
            peak,
        },
        memory::peak_rss_bytes,
    },
};

/// Times the training of a policy by `config` on `gpu`, whole iterations of it. The process started at `started`.
pub fn bench(gpu: &Gpu, config: &Config, options: &BenchOptions, started: Instant) -> Result<BenchReport, RunError> {
    let AlgorithmConfig::Ppo(settings) = &config.algorithm else {
        return Err(PlanError::Refused(format!("{} has no policy", config.algorithm.name())).into());
    };
    let compile = Instant::now();
    let plan = PolicyPlan::new(config, gpu.adapter.traits())?;
    let mut state = PolicyState::new(config, settings, &plan);
    let mut engine = PolicyEngine::new(gpu, plan, config.seed, config.device.submission_ms)?;
    engine.warm_up(&state)?;
    let compile_seconds = compile.elapsed().as_secs_f64();
    let (startup_seconds, startup_cpu) = (started.elapsed(), ProcessTime::now());
    let iterate = |engine: &mut PolicyEngine, state: &mut PolicyState| -> Result<u64, RunError> {
        let iteration = Iteration::next(config, settings, state, options.steps);
        let collected = engine.iterate(state, &iteration, &|| true)?.unwrap_or_default();
        state.rewards.merge_rollout(&collected);
        state.standing.generation += 1;
        Ok(collected.frames.len() as u64)
    };
    iterate(&mut engine, &mut state)?; // warm-up: pacing finds its step
    let (wall, cpu, mut frames) = (Instant::now(), ProcessTime::now(), 0);
    while frames == 0 || wall.elapsed().as_secs_f64() < options.seconds {
        frames += iterate(&mut engine, &mut state)?;
    }
    let (seconds, cpu_seconds) = (wall.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    let peak_rss_bytes = peak_rss_bytes(); // before the measurement of the peak takes memory of its own
    let peak = peak::measure(gpu)?;
    let iteration = Iteration::next(config, settings, &state, options.steps);
    Ok(BenchReport {
        frames,
        seconds,
        cpu_seconds,
        frames_per_second: frames as f64 / seconds,
        frames_per_cpu_second: frames as f64 / cpu_seconds,
        startup_seconds: startup_seconds.as_secs_f64(),
        startup_cpu_seconds: startup_cpu.as_duration().as_secs_f64(),
        compile_seconds,
        peak_rss_bytes,
        device_bytes: engine.device_bytes(),
        adapter: format!("{} ({})", gpu.adapter.name, gpu.adapter.driver),
        passes: profile(&mut engine, &mut state, &iteration, &peak)?,
        peak,
    })
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
