//! `gpu-ec bench` of learners of action values: whole generations, which a single kernel computes.

use super::{QEngine, QState, train::key_of};
use crate::{
    config::Config,
    gpu::Gpu,
    plan::q_learners::QPlan,
    run::{RunError, bench::Timed},
};

/// Learners that are timed.
pub struct QBench<'gpu> {
    engine: QEngine<'gpu>,
    state: QState,
}

impl<'gpu> QBench<'gpu> {
    /// Compiles the kernel of the learners of `config`.
    pub fn new(gpu: &'gpu Gpu, config: &Config) -> Result<Self, RunError> {
        let plan = QPlan::new(config, gpu.adapter.traits())?;
        let state = QState::new(&plan);
        let mut engine = QEngine::new(gpu, plan, key_of(config), config.device.submission_ms)?;
        engine.warm_up(&state)?;
        Ok(Self { engine, state })
    }
}

impl Timed for QBench<'_> {
    fn generation(&mut self) -> Result<u64, RunError> {
        self.engine.live(self.state.standing.generation, &|| true)?;
        self.state = self.engine.download(self.state.standing)?;
        self.state.standing.generation += 1;
        Ok(self.state.progress.iter().map(|learner| u64::from(learner.frames)).sum())
    }

    fn device_bytes(&self) -> u64 {
        self.engine.device_bytes()
    }
}
