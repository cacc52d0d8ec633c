//! An iteration on a device: parameters and environments in, a rollout, all minibatches, and both back.

use bytemuck::Pod;
use rand::seq::SliceRandom;

use super::state::{Environments, PolicyState};
use crate::{
    algorithms::ppo::LOSSES,
    config::{Config, PpoConfig},
    gpu::{Gpu, Workgroups, Workspace},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        ppo_records::{PpoEnvironment, PpoFrame, PpoLearning},
        random::{CounterRng, Stream, stream_key},
        records::{EpisodeRecord, RunParams},
    },
    plan::policy::PolicyPlan,
    run::{
        RunError,
        evolution::{pacing::Pacing, phase::Phase},
        stop::Standing,
    },
};

/// Plan of a policy on a device.
pub struct PolicyEngine<'gpu> {
    /// Plan in use.
    pub plan: PolicyPlan,
    workspace: Workspace<'gpu>,
    pacing: Pacing,
    update_pacing: Pacing,
    seed: u64,
}

/// What an iteration came to, beside its state.
#[derive(Debug, Default)]
pub struct Collected {
    /// Steps, `[horizon][environments]`.
    pub frames: Vec<PpoFrame>,
    /// Parts of the loss, `[minibatches]`: policy, value, divergence, clipped share, entropy, norms of the policy's and
    /// of the value network's gradient, 1 if it was not followed.
    pub losses: Vec<[f32; LOSSES]>,
    /// Sums of the iteration, per environment.
    pub environments: Vec<PpoEnvironment>,
}

/// Passes that begin the first episodes.
const BEGIN: [PassId; 3] = [PassId::NetworkReset, PassId::TaskReset, PassId::PpoObserve];
/// Passes of a step.
const STEP: [PassId; 7] = [
    PassId::NetworkStep,
    PassId::PpoAct,
    PassId::TaskStep,
    PassId::PpoRecord,
    PassId::NetworkReset,
    PassId::TaskReset,
    PassId::PpoObserve,
];

/// Settings of one iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iteration {
    /// Its number.
    pub number: u32,
    /// Step size.
    pub learning_rate: f64,
    /// Factor of rewards.
    pub reward_scale: f64,
    /// Steps after which episodes are truncated.
    pub episode_cap: usize,
}

impl Iteration {
    /// Returns the settings of the iteration after `state`, on a task with episodes of `length` steps.
    pub fn next(config: &Config, settings: &PpoConfig, state: &PolicyState, length: usize) -> Self {
        let Standing { generation, frames, .. } = state.standing;
        let left = match (settings.anneal, config.stop.frames) {
            (true, Some(all)) => 1.0 - frames.min(all) as f64 / all as f64,
            _ => 1.0,
        };
        Self {
            number: generation,
            learning_rate: settings.learning_rate * left,
            reward_scale: settings.reward_scale.unwrap_or(state.rewards.factor()),
            episode_cap: Phase::default().episode_cap(config, length, frames),
        }
    }
}

impl<'gpu> PolicyEngine<'gpu> {
    /// Compiles the kernels of `plan` and allocates its buffers.
    pub fn new(gpu: &'gpu Gpu, plan: PolicyPlan, seed: u64, submission_ms: u32) -> Result<Self, RunError> {
        let workspace = Workspace::with(gpu, &plan.kernels(), plan.buffers.iter().copied())?;
        let (pacing, update_pacing) = (Pacing::new(submission_ms), Pacing::new(submission_ms));
        Ok(Self { plan, workspace, pacing, update_pacing, seed })
    }

    /// Returns the size of all buffers on the device, bytes.
    pub fn device_bytes(&self) -> u64 {
        self.workspace.bytes()
    }

    /// Runs an iteration and moves `state` on; `None`, and the same state, if `keep_going` returned false.
    pub fn iterate(
        &mut self,
        state: &mut PolicyState,
        iteration: &Iteration,
        keep_going: &dyn Fn() -> bool,
    ) -> Result<Option<Collected>, RunError> {
        self.upload(state, iteration)?;
        let (steps, updates) = (self.plan.ppo.sizes.horizon, self.plan.updates());
        let anew = state.environments.is_none();
        if !self.live(anew, steps, keep_going)? || !self.learn(updates, keep_going)? {
            return Ok(None);
        }
        self.download(state).map(Some)
    }

    /// Runs every kernel once, because drivers generate code at the first dispatch; nothing of it is kept.
    pub fn warm_up(&mut self, state: &PolicyState) -> Result<(), RunError> {
        let iteration = Iteration { number: 0, learning_rate: 0.0, reward_scale: 1.0, episode_cap: 1 };
        self.upload(state, &iteration)?;
        let passes = [self.over(&BEGIN), self.over(&STEP), self.judging().to_vec(), self.updating()].concat();
        for pass in passes {
            let first = self.workspace.timed(pass)?;
            if tracing::enabled!(tracing::Level::DEBUG) {
                let second = 1e6 * self.workspace.timed(pass)?;
                tracing::debug!("first dispatch of {}: {first:.3} s; another one: {second:.1} us", pass.0);
            }
        }
        self.workspace.gpu().keep_pipelines();
        Ok(())
    }

    fn environments(&self) -> usize {
        self.plan.ppo.sizes.environments
    }

    /// Returns the whole contents of a buffer, for tests.
    pub fn read<T: Pod>(&mut self, id: BufferId) -> Result<Vec<T>, RunError> {
        Ok(self.workspace.read(id)?)
    }

    /// Brings `state` and the settings of an iteration to the device.
    pub fn upload(&mut self, state: &PolicyState, iteration: &Iteration) -> Result<(), RunError> {
        let order = self.order(iteration.number);
        let workspace = &self.workspace;
        workspace.write(BufferId::Theta, &state.parameters);
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
        self.workspace.submit(batch, &[]);
        Ok(())
    }

    /// Draws the order of the sequences, one permutation per epoch.
    fn order(&self, iteration: u32) -> Vec<u32> {
        let key = stream_key(self.seed, Stream::Minibatch);
        let epochs = 0..self.plan.ppo.config.epochs;
        let permutation = |epoch| {
            let mut order: Vec<u32> = (0..self.plan.sequences() as u32).collect();
            order.shuffle(&mut CounterRng::new([epoch, iteration, 0], key));
            order
        };
        epochs.flat_map(permutation).collect()
    }

    fn over(&self, passes: &[PassId]) -> Vec<(PassId, Workgroups)> {
        let groups = |pass: &PassId| {
            let each = self.plan.environments_a_group(*pass).unwrap_or(1);
            (*pass, Workgroups::over(self.environments(), each))
        };
        passes.iter().map(groups).collect()
    }

    /// Steps all environments; false if `keep_going` returned false.
    ///
    /// - `anew`: they begin their first episodes
    pub fn live(&mut self, anew: bool, steps: usize, keep_going: &dyn Fn() -> bool) -> Result<bool, RunError> {
        let begin = if anew { self.over(&BEGIN) } else { self.over(&BEGIN[2..]) };
        let step = self.over(&STEP);
        let mut batch = self.workspace.batch()?;
        self.workspace.dispatch_all(&mut batch, begin);
        self.workspace.submit(batch, &[]);
        repeat(&mut self.workspace, &mut self.pacing, steps, keep_going, &step)
    }

    /// Judges the rollout, and follows the gradients of so many minibatches; false if `keep_going` returned false.
    pub fn learn(&mut self, updates: usize, keep_going: &dyn Fn() -> bool) -> Result<bool, RunError> {
        let update = self.updating();
        let mut batch = self.workspace.batch()?;
        self.workspace.dispatch_all(&mut batch, self.judging());
        self.workspace.submit(batch, &[]);
        repeat(&mut self.workspace, &mut self.update_pacing, updates, keep_going, &update)
    }

    /// Returns the passes after a rollout.
    fn judging(&self) -> [(PassId, Workgroups); 2] {
        let sizes = &self.plan.ppo.sizes;
        let values = Workgroups::over((sizes.horizon + 1) * sizes.environments, 64);
        [(PassId::PpoValues, values), (PassId::PpoAdvantage, Workgroups::Direct([1, 1, 1]))]
    }

    /// Returns the passes of a minibatch.
    fn updating(&self) -> Vec<(PassId, Workgroups)> {
        let sizes = &self.plan.ppo.sizes;
        let frames = Workgroups::over(sizes.frames(), 64);
        let gradients = &self.plan.gradients;
        let direct = |(kernel, groups): &(Kernel, [u32; 3])| (kernel.id, Workgroups::Direct(*groups));
        let sums = self.plan.ppo.value_blocks().workgroups(sizes.value_units / 4, self.plan.ppo.device);
        let mut update = vec![direct(&gradients.forward), (PassId::PpoLoss, frames)];
        update.extend(gradients.backward.iter().map(direct));
        update.extend([
            (PassId::PpoValueLearn, frames),
            (PassId::PpoValueOuter, Workgroups::Direct(sums)),
            (PassId::PpoReduce, Workgroups::Direct([1, 1, 1])),
            (PassId::PpoAdam, Workgroups::over(sizes.parameters() / 4, 64)),
        ]);
        update
    }

    fn download(&mut self, state: &mut PolicyState) -> Result<Collected, RunError> {
        let workspace = &mut self.workspace;
        let learning: Vec<PpoLearning> = workspace.read(BufferId::PpoLearning)?;
        let losses: Vec<f32> = workspace.read(BufferId::PpoLosses)?;
        let moments: Vec<f32> = workspace.read(BufferId::Moments)?;
        let frames = workspace.read(BufferId::PpoFrame)?;
        state.parameters = workspace.read(BufferId::Theta)?;
        state.adam = workspace.read(BufferId::PpoAdam)?;
        state.adam_bias = [learning[0].bias1, learning[0].bias2];
        let sizes = self.plan.ppo.sizes;
        let visited = EpisodeRecord { length: sizes.horizon as u32, ..EpisodeRecord::default() };
        state.normaliser.merge(&moments, &vec![visited; sizes.environments]);
        let mut environments = Environments::begin(&self.plan);
        environments.download(workspace)?;
        let collected = Collected {
            frames,
            losses: losses.as_chunks::<LOSSES>().0.to_vec(),
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

/// Runs `passes` so many `times`, in submissions of the pace's length; false if `keep_going` returned false.
fn repeat(
    workspace: &mut Workspace,
    pacing: &mut Pacing,
    times: usize,
    keep_going: &dyn Fn() -> bool,
    passes: &[(PassId, Workgroups)],
) -> Result<bool, RunError> {
    workspace.wait()?;
    pacing.restart();
    let mut left = times;
    while left > 0 {
        if !keep_going() {
            return Ok(false);
        }
        let now = pacing.steps(1).min(left);
        let mut batch = workspace.batch()?;
        for _ in 0..now {
            workspace.dispatch_all(&mut batch, passes.iter().copied());
        }
        workspace.submit(batch, &[]);
        workspace.wait()?;
        pacing.completed(now);
        left -= now;
    }
    Ok(true)
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
