//! Spikes of a rollout, substep by substep.

use super::Engine;
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

/// Steps of the environment a submission.
const STEPS: usize = 8;

/// What the neurons of the first row did until its episode ended.
#[derive(Clone, Debug, Default)]
pub struct SpikeTrain {
    /// Neurons, of which the first `excitatory` excite.
    pub neurons: usize,
    /// Neurons that excite.
    pub excitatory: usize,
    /// Which bits of `words` the neurons are, `[neurons]`.
    pub order: Vec<usize>,
    /// Substeps a step of the environment.
    pub substeps: usize,
    /// Length of a substep, ms.
    pub dt_ms: f64,
    /// Steps of the environment.
    pub steps: usize,
    /// Sum of the rewards.
    pub return_sum: f32,
    /// Whether a neuron fired, a bit each, `[step][substep][neurons / 32]`: bit 32 w + i is bit i of word w.
    pub words: Vec<u32>,
}

impl SpikeTrain {
    /// Returns whether `neuron` fired in substep number `substep` of all.
    pub fn fired(&self, substep: usize, neuron: usize) -> bool {
        let bit = self.order[neuron];
        self.words[substep * self.neurons / 32 + bit / 32] >> (bit % 32) & 1 == 1
    }

    /// Substeps of all steps.
    pub fn all_substeps(&self) -> usize {
        self.steps * self.substeps
    }
}

/// Rolls out the network of `request`, one row of a task, and records the spikes; `None` if `keep_going` said no.
///
/// The kernel of the network runs as it is, composed for one substep a dispatch: its state between substeps is then on
/// the device.
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
    let mut engine = Engine::new(gpu, plan, request)?;
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

impl Engine<'_> {
    /// Takes so many steps, or as many as the episode has; returns whether it ended.
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
                // after potentials, currents and rates a state of either network holds one bit per neuron
                let bits = 3 * train.neurons..3 * train.neurons + train.neurons / 32;
                train.words.extend(states.chunks_exact(state_words).flat_map(|state| &state[bits.clone()]));
                motion[record.status.at] & status::DONE != 0
            })
        })?;
        Ok(ended)
    }

    /// Words of a buffer, of which there is one row.
    fn workspace_words(&self, id: BufferId) -> usize {
        let bytes = self.plan.buffers.iter().find(|(buffer, _)| *buffer == id).map_or(0, |(_, bytes)| *bytes);
        bytes as usize / 4 / self.plan.rows
    }
}
