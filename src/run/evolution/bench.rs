//! `gpu-ec bench` of evolution: whole generations or a part of them, then each pass by itself.

use crate::{
    algorithms::Draw,
    config::Config,
    gpu::Gpu,
    plan::{
        Plan,
        cost::{PassCost, Unit},
    },
    report::{OperationCount, PassReport, Peak},
    run::{
        RunError,
        bench::{BenchOptions, BenchPart, Timed},
        evolution::{
            engine::{Engine, Job, Queue},
            fitness::frames,
            generation::{Outcome, run_generation},
            progress::GenerationProgress,
            state::TrainState,
            tune,
        },
    },
};

/// Evolution that is timed.
pub struct EvolutionBench<'gpu> {
    engine: Engine<'gpu>,
    state: TrainState,
    outcome: Outcome,
    job: Job,
    part: BenchPart,
}

impl<'gpu> EvolutionBench<'gpu> {
    /// Compiles the kernels of `config`.
    pub fn new(gpu: &'gpu Gpu, config: &Config, options: &BenchOptions) -> Result<Self, RunError> {
        let plan = Plan::new(config, gpu.adapter.traits())?;
        let mut engine = tune::engine(gpu, config, plan, options.variants.as_ref())?;
        engine.warm_up()?;
        let state = TrainState::new(config, &engine.plan);
        let job = job(config, options);
        let outcome = match options.part {
            BenchPart::All => Outcome::with_room(GenerationProgress::default(), job.population, job.episodes)?,
            _ => Outcome::default(),
        };
        Ok(Self { engine, state, outcome, job, part: options.part })
    }
}

impl Timed for EvolutionBench<'_> {
    fn generation(&mut self) -> Result<u64, RunError> {
        generation(&mut self.engine, &mut self.state, &mut self.outcome, &self.job, self.part)
    }

    fn device_bytes(&self) -> u64 {
        self.engine.device_bytes()
    }

    fn passes(&mut self, peak: &Peak) -> Result<Vec<PassReport>, RunError> {
        profile(&mut self.engine, &self.job, peak)
    }
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
