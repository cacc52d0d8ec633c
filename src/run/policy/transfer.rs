//! What goes to the device before an iteration, and comes back after it.

use bytemuck::Pod;

use super::{
    engine::{Collected, Iteration, PolicyEngine},
    state::{Environments, PolicyState},
};
use crate::{
    algorithms::ppo::LOSSES,
    gpu::Workspace,
    kernel::{
        buffers::BufferId,
        ppo_records::{PpoEnvironment, PpoLearning},
        random::{Stream, stream_key},
        records::{EpisodeRecord, RunParams},
    },
    plan::policy::PolicyPlan,
    run::RunError,
};

impl PolicyEngine<'_> {
    /// Brings `state` and the settings of an iteration to the device.
    pub fn upload(&mut self, state: &PolicyState, iteration: &Iteration) -> Result<(), RunError> {
        let order = self.order(iteration.number);
        let workspace = &self.workspace;
        workspace.write(self.plan.descended(), &state.parameters);
        workspace.write(BufferId::PpoAdam, &state.adam);
        workspace.write(BufferId::Normaliser, &state.normaliser.upload());
        let learning = PpoLearning {
            learning_rate: iteration.learning_rate as f32,
            reward_scale: iteration.reward_scale as f32,
            bias1: state.adam_bias[0],
            bias2: state.adam_bias[1],
            ..PpoLearning::default()
        };
        workspace.write(BufferId::PpoLearning, &[learning]);
        let e = self.plan.ppo.sizes.environments as u32;
        let params = RunParams {
            key_start: stream_key(self.seed, Stream::Start),
            key_membrane: stream_key(self.seed, Stream::Membrane),
            key_action: stream_key(self.seed, Stream::Action),
            generation: iteration.number,
            n_slots: e,
            population: u32::MAX,
            episode_cap: iteration.episode_cap as u32,
            ..RunParams::default()
        };
        workspace.write(BufferId::Run, &[params]);
        let all: Vec<u32> = std::iter::once(e).chain(0..e).collect();
        workspace.write(BufferId::Live, &all);
        workspace.write(BufferId::Fresh, &all);
        workspace.write(BufferId::PpoOrder, &order);
        let new;
        let environments = match &state.environments {
            Some(environments) => environments,
            None => {
                new = Environments::begin(&self.plan);
                &new
            }
        };
        environments.upload(&self.workspace);
        let mut batch = self.workspace.batch()?;
        self.workspace.clear(&mut batch, BufferId::Moments);
        self.workspace.dispatch_all(&mut batch, self.connecting());
        self.workspace.submit(batch, &[]);
        Ok(())
    }

    /// Reads the new state, and what `updates` minibatches came to.
    pub(super) fn download(&mut self, state: &mut PolicyState, updates: usize) -> Result<Collected, RunError> {
        let workspace = &mut self.workspace;
        let learning: Vec<PpoLearning> = workspace.read(BufferId::PpoLearning)?;
        let losses: Vec<f32> = workspace.read(BufferId::PpoLosses)?;
        let moments: Vec<f32> = workspace.read(BufferId::Moments)?;
        let frames = workspace.read(BufferId::PpoFrame)?;
        state.parameters = workspace.read(self.plan.descended())?;
        state.adam = workspace.read(BufferId::PpoAdam)?;
        state.adam_bias = [learning[0].bias1, learning[0].bias2];
        let sizes = self.plan.ppo.sizes;
        let visited = EpisodeRecord { length: sizes.horizon as u32, ..EpisodeRecord::default() };
        state.normaliser.merge(&moments, &vec![visited; sizes.environments]);
        let mut environments = Environments::begin(&self.plan);
        environments.download(workspace)?;
        let collected = Collected {
            frames,
            losses: losses.as_chunks::<LOSSES>().0[..updates].to_vec(),
            environments: environments.records.clone(),
        };
        for record in &mut environments.records {
            (record.step, record.spikes, record.contact_overflow) = (0, 0, 0);
            (record.discounted_sum, record.discounted_squares) = (0.0, 0.0);
        }
        state.environments = Some(environments);
        Ok(collected)
    }
}

impl Environments {
    /// Returns environments that are about to begin their first episodes; all read the same parameters.
    fn begin(plan: &PolicyPlan) -> Self {
        let e = plan.ppo.sizes.environments;
        let episode = |slot: u32| EpisodeRecord { life: slot, to_theta: 0u32.wrapping_sub(slot), ..Default::default() };
        Self {
            task_state: vec![0.0; e * plan.plan.task.state_fields()],
            network_state: vec![0; e * plan.plan.network.state_words(&plan.plan.io)],
            obs: vec![0.0; e * plan.ppo.sizes.d_obs],
            terms: vec![0.0; e * plan.plan.task.terms().len()],
            episodes: (0..e as u32).map(episode).collect(),
            records: vec![PpoEnvironment { began: 1, ..PpoEnvironment::default() }; e],
        }
    }

    fn upload(&self, workspace: &Workspace) {
        workspace.write(BufferId::TaskState, &self.task_state);
        workspace.write(BufferId::NetworkState, &self.network_state);
        workspace.write(BufferId::Obs, &self.obs);
        workspace.write(BufferId::Terms, &self.terms);
        workspace.write(BufferId::Episode, &self.episodes);
        workspace.write(BufferId::PpoEnvironment, &self.records);
    }

    /// Reads all of it back; a buffer may be longer than what it holds.
    fn download(&mut self, workspace: &mut Workspace) -> Result<(), RunError> {
        fill(&mut self.task_state, workspace, BufferId::TaskState)?;
        fill(&mut self.network_state, workspace, BufferId::NetworkState)?;
        fill(&mut self.obs, workspace, BufferId::Obs)?;
        fill(&mut self.terms, workspace, BufferId::Terms)?;
        fill(&mut self.episodes, workspace, BufferId::Episode)?;
        fill(&mut self.records, workspace, BufferId::PpoEnvironment)
    }
}

fn fill<T: Pod>(values: &mut [T], workspace: &mut Workspace, id: BufferId) -> Result<(), RunError> {
    Ok(workspace.read_with(id, |read: &[T]| values.copy_from_slice(&read[..values.len()]))?)
}
