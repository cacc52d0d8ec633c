//! `gpu-ec bench`: timing of whole generations.

use std::time::Instant;

use cpu_time::ProcessTime;

use crate::{
    algorithms::Draw,
    config::Config,
    gpu::{Cache, Gpu},
    plan::{
        Plan,
        cost::{PassCost, Unit},
    },
    report::{BenchReport, OperationCount, PassReport, Peak},
    run::{
        RunError,
        evolution::{
            engine::{Engine, Job, Queue},
            fitness::frames,
            generation::{Outcome, run_generation},
            peak,
            progress::GenerationProgress,
            state::TrainState,
            tune,
        },
        memory::peak_rss_bytes,
    },
};

/// Passes to time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BenchPart {
    /// Whole generation.
    #[default]
    All,
    /// Task alone, driven by uniform random actions.
    Physics,
    /// Network alone, on the observation at the start.
    Policy,
}

/// Options of a benchmark.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// Maximum length of an episode, steps.
    pub steps: usize,
    /// Time to measure for, s; at least one generation is timed.
    pub seconds: f64,
    /// Passes to time.
    pub part: BenchPart,
    /// True if a fall does not end an episode.
    pub no_termination: bool,
    /// Cache of choices between variants; `None` if none is to be made.
    pub variants: Option<Cache>,
}

/// Times `config` on `gpu`. The process started at `started`.
pub fn bench(gpu: &Gpu, config: &Config, options: &BenchOptions, started: Instant) -> Result<BenchReport, RunError> {
    let compile = Instant::now();
    let plan = Plan::new(config, gpu.adapter.traits())?;
    let mut engine = tune::engine(gpu, config, plan, options.variants.as_ref())?;
    engine.warm_up()?;
    let compile_seconds = compile.elapsed().as_secs_f64();
    let (startup_seconds, startup_cpu) = (started.elapsed(), ProcessTime::now());
    let mut state = TrainState::new(config, &engine.plan);
    let job = job(config, options);
    let mut outcome = match options.part {
        BenchPart::All => Outcome::with_room(GenerationProgress::default(), job.population, job.episodes)?,
        _ => Outcome::default(),
    };
    generation(&mut engine, &mut state, &mut outcome, &job, options.part)?; // warm-up: pacing finds its step
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let mut frames = 0;
    while frames == 0 || wall.elapsed().as_secs_f64() < options.seconds {
        frames += generation(&mut engine, &mut state, &mut outcome, &job, options.part)?;
    }
    let (seconds, cpu_seconds) = (wall.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    let peak_rss_bytes = peak_rss_bytes(); // before the measurement of the peak takes memory of its own
    let peak = peak::measure(gpu)?;
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
        passes: profile(&mut engine, &job, &peak)?,
        peak,
    })
}

fn job(config: &Config, options: &BenchOptions) -> Job {
    Job {
        physics_only: options.part == BenchPart::Physics,
        policy_only: options.part == BenchPart::Policy,
        no_termination: options.no_termination,
        episodes: config.algorithm.episodes() as usize,
        common_starts: config.algorithm.common_starts(),
        ..Job::training(0, config.algorithm.population() as usize, options.steps)
    }
}

/// Runs one generation exactly as `run` does, or its rollout alone if only a part is timed. Returns its frames.
fn generation(
    engine: &mut Engine,
    state: &mut TrainState,
    outcome: &mut Outcome,
    job: &Job,
    part: BenchPart,
) -> Result<u64, RunError> {
    let job = Job { generation: state.generation, ..*job };
    if part == BenchPart::All {
        run_generation(engine, state, outcome, &job, &|| true, &mut |_| ())?;
        return Ok(frames(&outcome.open.episodes));
    }
    engine.prepare(&state.learner.params, Draw::Members, &state.normaliser.upload())?;
    let mut lived = 0;
    engine.rollout(&job, Queue::whole(job.lives()), false, &|| true, &mut |ended, _| lived += frames(ended))?;
    if part == BenchPart::Policy {
        lived = (job.episode_cap * job.lives().min(engine.plan.n_slots)) as u64;
    }
    state.generation += 1;
    Ok(lived)
}

/// Times every pass with one episode per slot, and relates the seconds to the costs in the plan.
fn profile(engine: &mut Engine, job: &Job, peak: &Peak) -> Result<Vec<PassReport>, RunError> {
    let a_member = job.episodes.min(engine.plan.n_slots);
    let members = (engine.plan.n_slots / a_member).min(job.population);
    let job = Job { episode_cap: job.episode_cap.min(200), population: members, episodes: a_member, ..*job };
    let seconds = engine.profile(&job)?;
    let episodes = engine.records(job.lives())?;
    let lived = if job.policy_only { (job.lives() * job.episode_cap) as u64 } else { frames(&episodes) };
    let spikes: f64 = episodes.iter().map(|episode| f64::from(episode.spikes)).sum();
    let network = &engine.plan.network;
    let neuron_seconds = lived as f64 * network.n_neurons() as f64 * network.step_ms() / 1000.0;
    let costs = engine.plan.costs(spikes / neuron_seconds.max(f64::MIN_POSITIVE))?;
    let total: f64 = seconds.iter().map(|(_, seconds)| seconds).sum();
    let passes = seconds.iter().zip(&costs).map(|((_, seconds), cost)| {
        let units = match cost.unit {
            _ if *seconds == 0.0 => 0, // the pass was left out
            Unit::Member => members as u64,
            Unit::Frame => lived,
        };
        pass_report(cost, *seconds, seconds / total, units, peak)
    });
    Ok(passes.collect())
}

/// Relates the seconds that a pass takes to its cost.
pub(crate) fn pass_report(pass: &PassCost, seconds: f64, share: f64, units: u64, peak: &Peak) -> PassReport {
    let operations = pass.cost.operations;
    let rate = units as f64 / seconds.max(f64::MIN_POSITIVE);
    let (operations_per_second, bytes_per_second) = (rate * operations.total(), rate * pass.cost.bytes());
    PassReport {
        name: pass.id.name().into(),
        seconds,
        share,
        unit: match pass.unit {
            Unit::Member => "member",
            Unit::Frame => "frame",
        },
        units,
        operations: OperationCount {
            f32: operations.f32(),
            integer: operations.integer,
            popcount: operations.popcount,
        },
        bytes: pass.cost.bytes(),
        operations_per_second,
        bytes_per_second,
        share_of_peak_operations: operations_per_second / peak.operations_per_second,
        share_of_peak_bytes: bytes_per_second / peak.bytes_per_second,
    }
}
