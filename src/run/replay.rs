//! One member of a generation lives again, watched step by step.

use std::path::Path;

use super::{
    RunError,
    checkpoint::Checkpoint,
    engine::{Engine, Job, Watched},
    train::training_job,
};
use crate::{
    config::{Config, Slab},
    gpu::Gpu,
    plan::{build::Plan, records::EpisodeRecord},
};

/// The members of the generation that a checkpoint is at.
pub struct Replay<'gpu> {
    engine: Engine<'gpu>,
    job: Job,
}

impl<'gpu> Replay<'gpu> {
    /// Reads the checkpoint at `path`, of a run with `config`, and compiles the kernels for `gpu`.
    ///
    /// Errors: a checkpoint that is not sound or of another run; the device.
    pub fn open(gpu: &'gpu Gpu, config: &Config, path: &Path) -> Result<Self, RunError> {
        let checkpoint = Checkpoint::read(path)?;
        let mut config = config.clone();
        config.device.slab = Slab::Members(1);
        let plan = Plan::new(&config, gpu.adapter.traits())?;
        checkpoint.refuse_others(&config, &plan)?;
        let state = checkpoint.state(&config, &plan)?;
        let job = training_job(&config, &plan, &state);
        let mut engine = Engine::of_plan(gpu, &config, plan)?;
        engine.prepare(state.ec.thresholds(), &state.normaliser.upload())?;
        Ok(Self { engine, job })
    }

    /// The generation.
    pub fn generation(&self) -> u32 {
        self.job.generation
    }

    /// The plan on one slot.
    pub fn plan(&self) -> &Plan {
        &self.engine.plan
    }

    /// Lets `member` live again, bit for bit: `watch` sees the start, then every step until the episode is over, whose record
    /// comes back.
    ///
    /// Errors: the device; or [`RunError::NoMember`].
    pub fn member(&mut self, member: u32, watch: &mut dyn FnMut(&Watched)) -> Result<EpisodeRecord, RunError> {
        if member as usize >= self.job.population {
            return Err(RunError::NoMember { member, population: self.job.population });
        }
        self.engine.watch(&self.job, member, watch)
    }
}
