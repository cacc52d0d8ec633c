//! Spikes of a rollout, substep by substep.

use super::RolloutEngine;
use crate::{
    config::NetworkConfig,
    gpu::{Gpu, Workgroups},
    kernel::{buffers::BufferId, entry::PassId, records::status},
    networks::{rsnn::RsnnSpec, rsnn_f32::RsnnF32Spec},
    run::{
        RunError,
        rollout::{Drive, Request},
    },
};

/// Number of environment steps per submission.
const STEPS: usize = 8;

/// Spikes of the first row until its episode ended.
#[derive(Clone, Debug, Default)]
pub struct SpikeTrain {
    /// Number of neurons; the first `excitatory` are excitatory.
    pub neurons: usize,
    /// Number of excitatory neurons.
    pub excitatory: usize,
    /// Bit of `words` that belongs to each neuron, `[neurons]`.
    pub order: Vec<usize>,
    /// Number of substeps per environment step.
    pub substeps: usize,
    /// Length of a substep, ms.
    pub dt_ms: f64,
    /// Number of environment steps.
    pub steps: usize,
    /// Sum of the rewards.
    pub return_sum: f32,
    /// One bit per neuron that is 1 if it fired, `[step][substep][neurons / 32]`: bit 32 w + i is bit i of word w.
    pub words: Vec<u32>,
}

impl SpikeTrain {
    /// Returns true if `neuron` fired in substep `substep`, counted over all steps.
    pub fn fired(&self, substep: usize, neuron: usize) -> bool {
        let bit = self.order[neuron];
        self.words[substep * self.neurons / 32 + bit / 32] >> (bit % 32) & 1 == 1
    }

    /// Returns the number of substeps in all steps.
    pub fn all_substeps(&self) -> usize {
        self.steps * self.substeps
    }
}

/// Rolls out the network of `request`, one row of a task, and records the spikes; `None` if `keep_going` returned
/// false.
///
/// The network's kernel runs unchanged, but composed for one substep per dispatch, so that its state between
/// substeps is on the device.
///
/// Errors: a network without spikes; the device.
pub fn spikes(gpu: &Gpu, mut request: Request, keep_going: &dyn Fn() -> bool) -> Result<Option<SpikeTrain>, RunError> {
    let Drive::Policy(policy) = &mut request.drive else {
        return Err(RunError::Refused("spikes are those of a network, and none drives this rollout".into()));
    };
    let (spec, sim_time_ms) = match &mut policy.config.network {
        NetworkConfig::Rsnn(rsnn) => (RsnnSpec::from(&*rsnn), &mut rsnn.sim_time_ms),
        NetworkConfig::RsnnF32(rsnn) => (RsnnF32Spec::from(&*rsnn).neurons, &mut rsnn.sim_time_ms),
        other => {
            let name = other.name();
            return Err(RunError::Refused(format!("spikes are those of `Rsnn` and `RsnnF32`; `{name}` has none")));
        }
    };
    let mut train = SpikeTrain {
        neurons: spec.neurons,
        excitatory: spec.n_exc(),
        order: spec.excitatory_first(),
        substeps: spec.substeps(),
        dt_ms: spec.dt_ms,
        ..Default::default()
    };
    *sim_time_ms = spec.dt_ms;
    let steps = request.steps;
    let plan = request.plan(gpu.adapter.traits())?;
    let mut engine = RolloutEngine::new(gpu, plan, request)?;
    engine.open()?;
    while train.steps < steps {
        if !keep_going() {
            return Ok(None);
        }
        if engine.spiking_steps(STEPS.min(steps - train.steps), &mut train)? {
            break;
        }
    }
    Ok(Some(train))
}

impl RolloutEngine<'_> {
    /// Runs `steps` steps, or as many as the episode has. Returns true if it ended.
    fn spiking_steps(&mut self, steps: usize, train: &mut SpikeTrain) -> Result<bool, RunError> {
        let state_words = self.workspace_words(BufferId::NetworkState);
        let (record_words, substeps) = (self.plan.record.words, train.substeps);
        let step_words = substeps * state_words + record_words;
        let records = self.workspace.collector((4 * steps * step_words) as u64);
        let mut batch = self.workspace.batch()?;
        for step in 0..steps {
            let at = |word: usize| (4 * (step * step_words + word)) as u64;
            let passes: Vec<(PassId, Workgroups)> = self.step_passes().collect();
            let (network, others) = passes.split_at(1);
            for substep in 0..substeps {
                self.workspace.dispatch_all(&mut batch, network.iter().copied());
                let bytes = 4 * state_words as u64;
                self.workspace.copy_to_host(
                    &mut batch,
                    BufferId::NetworkState,
                    bytes,
                    &records,
                    at(substep * state_words),
                );
            }
            self.workspace.dispatch_all(&mut batch, others.iter().copied());
            let bytes = 4 * record_words as u64;
            self.workspace.copy_to_host(&mut batch, BufferId::Motion, bytes, &records, at(substeps * state_words));
        }
        let submission = self.workspace.submit(batch, &[&records]);
        self.workspace.wait_for(submission)?;
        let record = self.plan.record;
        let ended = self.workspace.finish_with(records, |words: &[u32]| {
            words.chunks_exact(step_words).take(steps).any(|step| {
                let (states, motion) = step.split_at(substeps * state_words);
                train.steps += 1;
                train.return_sum += f32::from_bits(motion[record.reward.at]);
                // after potentials, currents and rates, the state of either network holds one bit per neuron
                let bits = 3 * train.neurons..3 * train.neurons + train.neurons / 32;
                train.words.extend(states.chunks_exact(state_words).flat_map(|state| &state[bits.clone()]));
                motion[record.status.at] & status::DONE != 0
            })
        })?;
        Ok(ended)
    }

    /// Returns the number of words per row of a buffer.
    fn workspace_words(&self, id: BufferId) -> usize {
        let bytes = self.plan.buffers.iter().find(|(buffer, _)| *buffer == id).map_or(0, |(_, bytes)| *bytes);
        bytes as usize / 4 / self.plan.rows
    }
}
