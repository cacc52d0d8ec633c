//! An iteration on a device: parameters and environments in, a rollout, all minibatches, and both back.

use bytemuck::Pod;
use rand::seq::SliceRandom;

use super::{bench::PassSeconds, state::PolicyState};
use crate::{
    algorithms::ppo::LOSSES,
    config::{Config, PpoConfig},
    gpu::{Gpu, Workgroups, Workspace},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        ppo_records::{PpoEnvironment, PpoFrame},
        random::{CounterRng, Stream, stream_key},
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
    pub(super) workspace: Workspace<'gpu>,
    pacing: Pacing,
    update_pacing: Pacing,
    pub(super) seed: u64,
}

/// What an iteration came to, beside its state.
#[derive(Debug, Default)]
pub struct Collected {
    /// Steps, `[horizon][environments]`.
    pub frames: Vec<PpoFrame>,
    /// Parts of the loss of every minibatch that was gone through: policy, value, divergence, clipped share, entropy,
    /// norms of the policy's and of the value network's gradient, 1 if it was not followed.
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
        let (steps, anew) = (self.plan.ppo.sizes.horizon, state.environments.is_none());
        if !self.live(anew, steps, keep_going)? {
            return Ok(None);
        }
        match self.learn_epochs(keep_going)? {
            None => Ok(None),
            Some(updates) => self.download(state, updates).map(Some),
        }
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

    /// Runs an iteration pass by pass, and returns the seconds that each takes, alone and waited for.
    pub fn profile(
        &mut self,
        state: &mut PolicyState,
        iteration: &Iteration,
    ) -> Result<(PassSeconds, Collected), RunError> {
        self.upload(state, iteration)?;
        let (sizes, updates) = (self.plan.ppo.sizes, self.plan.updates());
        let begin = if state.environments.is_none() { self.over(&BEGIN) } else { self.over(&BEGIN[2..]) };
        let (step, update) = (self.over(&STEP), self.updating());
        let mut passes = begin;
        passes.extend((0..sizes.horizon).flat_map(|_| step.iter().copied()));
        passes.extend(self.judging());
        passes.extend((0..updates).flat_map(|_| update.iter().copied()));
        let mut seconds = PassSeconds::new();
        for pass in passes {
            *seconds.entry(pass.0).or_default() += self.workspace.timed(pass)?;
        }
        Ok((seconds, self.download(state, updates)?))
    }

    fn environments(&self) -> usize {
        self.plan.ppo.sizes.environments
    }

    /// Returns the whole contents of a buffer, for tests.
    pub fn read<T: Pod>(&mut self, id: BufferId) -> Result<Vec<T>, RunError> {
        Ok(self.workspace.read(id)?)
    }

    /// Draws the order of the sequences, one permutation per epoch.
    pub(super) fn order(&self, iteration: u32) -> Vec<u32> {
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
        let mut batch = self.workspace.batch()?;
        self.workspace.dispatch_all(&mut batch, self.judging());
        self.workspace.submit(batch, &[]);
        self.follow(updates, keep_going)
    }

    fn follow(&mut self, updates: usize, keep_going: &dyn Fn() -> bool) -> Result<bool, RunError> {
        let update = self.updating();
        repeat(&mut self.workspace, &mut self.update_pacing, updates, keep_going, &update)
    }

    /// Judges the rollout, and goes through its epochs, the last one being that whose divergence exceeds the target.
    /// Returns the number of minibatches; `None` if `keep_going` returned false.
    fn learn_epochs(&mut self, keep_going: &dyn Fn() -> bool) -> Result<Option<usize>, RunError> {
        let PpoConfig { epochs, minibatches, target_kl, .. } = self.plan.ppo.config;
        let Some(target) = target_kl else {
            let updates = self.plan.updates();
            return Ok(self.learn(updates, keep_going)?.then_some(updates));
        };
        let each = minibatches as usize;
        for epoch in 0..epochs as usize {
            let whole = if epoch == 0 { self.learn(each, keep_going)? } else { self.follow(each, keep_going)? };
            if !whole {
                return Ok(None);
            }
            let losses: Vec<f32> = self.workspace.read(BufferId::PpoLosses)?;
            let minibatches = &losses.as_chunks::<LOSSES>().0[epoch * each..][..each];
            let divergence = minibatches.iter().map(|losses| f64::from(losses[2])).sum::<f64>() / each as f64;
            // written so that a NaN ends the iteration too
            if divergence.partial_cmp(&target).is_none_or(|order| order.is_gt()) {
                return Ok(Some((epoch + 1) * each));
            }
        }
        Ok(Some(self.plan.updates()))
    }

    /// Returns the pass that gives networks the connections for which parameters stand; none without bits.
    pub(super) fn connecting(&self) -> Option<(PassId, Workgroups)> {
        let quads = Workgroups::over(self.plan.ppo.sizes.parameters() / 4, 64);
        self.plan.gradients.bits.is_some().then_some((PassId::PpoConnect, quads))
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
        let over = |frames: usize| Workgroups::over(frames, 64);
        let gradients = &self.plan.gradients;
        let direct = |(kernel, groups): &(Kernel, [u32; 3])| (kernel.id, Workgroups::Direct(*groups));
        let sums = self.plan.ppo.value_blocks().workgroups(sizes.value_units / 4, self.plan.ppo.device);
        let mut update = vec![];
        for round in 0..sizes.rounds {
            update.extend((round > 0).then_some((PassId::PpoNextRound, Workgroups::Direct([1, 1, 1]))));
            update.extend([direct(&gradients.forward), (PassId::PpoLoss, over(sizes.round_frames()))]);
            update.extend(gradients.backward.iter().map(direct));
        }
        update.extend([
            (PassId::PpoValueLearn, over(sizes.frames())),
            (PassId::PpoValueOuter, Workgroups::Direct(sums)),
            (PassId::PpoReduce, Workgroups::Direct([1, 1, 1])),
            (PassId::PpoAdam, Workgroups::over(sizes.parameters() / 4, 64)),
        ]);
        update
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
