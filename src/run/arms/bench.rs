//! `gpu-ec bench` of arms: whole generations, which a single kernel computes.

use super::{ArmBatch, ArmEngine};
use crate::{
    config::Config,
    gpu::Gpu,
    kernel::random::Stream,
    plan::PlanError,
    run::{RunError, bench::Timed},
};

/// Arms that are timed.
pub struct ArmsBench<'gpu> {
    batch: ArmBatch,
    engine: ArmEngine<'gpu>,
    generation: u32,
}

impl<'gpu> ArmsBench<'gpu> {
    /// Compiles the kernel of the arms of `config`.
    pub fn new(gpu: &'gpu Gpu, config: &Config) -> Result<Self, RunError> {
        let no_arms = || PlanError::Refused(format!("{} has no arms", config.algorithm.name()));
        let batch = ArmBatch::of(config)?.ok_or_else(no_arms)?;
        let mut engine = ArmEngine::new(gpu, &batch.spec, &batch.model, &batch.setups)?;
        engine.warm_up()?;
        Ok(Self { batch, engine, generation: 0 })
    }
}

impl Timed for ArmsBench<'_> {
    fn generation(&mut self) -> Result<u64, RunError> {
        let starts = self.batch.starts(self.generation, Stream::Start);
        self.engine.iterate(&starts, true, &|| true)?;
        self.generation += 1;
        Ok(self.batch.frames())
    }

    fn device_bytes(&self) -> u64 {
        self.engine.device_bytes()
    }
}
