//! Rollout on a device: starts, steps, and the transfer of each step's record to the file.

pub mod recording;
pub mod spikes;

use std::collections::VecDeque;

use crate::{
    algorithms::Draw,
    config::HarnessConfig,
    gpu::{Batch, Gpu, PendingRead, ReadRange, Submission, Workgroups, Workspace},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        random::{Stream, stream_key},
        records::{AS_WEIGHTED, REWARD_FACTORS, RunParams},
    },
    plan::rollout::RolloutPlan,
    run::{
        RunError,
        evolution::{
            evaluate::EVAL_GENERATION,
            pacing::{IN_FLIGHT, Pacing},
        },
        rollout::{Begin, Drive, Request, rows},
    },
};

/// Maximum size of the records, and of the controls, in a submission, bytes; a single step may need more.
const SUBMISSION_BYTES: usize = 32 << 20;

/// Rollout on a device.
pub struct RolloutEngine<'gpu> {
    /// Plan of the rollout.
    pub plan: RolloutPlan,
    workspace: Workspace<'gpu>,
    request: Request,
    pacing: Pacing,
    /// Maximum number of steps in a submission.
    longest: usize,
    /// Controls of a submission on the host.
    controls: Vec<f32>,
}

/// Submission in flight: number of steps, and their records.
struct Flight {
    steps: usize,
    submission: Submission,
    records: PendingRead,
}

impl<'gpu> RolloutEngine<'gpu> {
    /// Reads what is still packed in `request`, from which `plan` was made. Compiles the kernels and allocates the
    /// buffers.
    pub fn new(gpu: &'gpu Gpu, plan: RolloutPlan, request: Request) -> Result<Self, RunError> {
        let request = request.read(&plan.motion)?;
        let mut workspace = Workspace::with(gpu, &plan.kernels(), plan.buffers.iter().copied())?;
        let nu = plan.record.control.width;
        let step_bytes = 4 * plan.record.words.max(nu * plan.rows);
        let longest = (SUBMISSION_BYTES / step_bytes).clamp(1, request.steps);
        if !matches!(request.drive, Drive::Held(_) | Drive::Policy(_)) {
            workspace.alloc(BufferId::ControlSteps, 4 * (longest * plan.rows * nu) as u64)?;
        }
        let pacing = Pacing::new(request.submission_ms);
        Ok(Self { plan, workspace, request, pacing, longest, controls: vec![] })
    }

    /// Puts every row at its start and returns `task_state` there, `[field][row]`.
    pub fn open(&mut self) -> Result<Vec<f32>, RunError> {
        let rows = self.plan.rows;
        if let Drive::Policy(policy) = &self.request.drive {
            policy.refuse_missing(rows)?;
        }
        self.workspace.write(BufferId::Run, &[self.params()]);
        rows::begin(&self.workspace, rows, |row| match &self.request.drive {
            Drive::Policy(policy) => policy.life(row),
            _ => row,
        });
        if let Begin::At(states) = &self.request.begin {
            let fields = states.fields(&self.plan.motion, self.plan.fields);
            self.workspace.write(BufferId::TaskState, &fields);
            self.workspace.write(BufferId::Start, &fields);
        }
        if let Drive::Held(controls) = &self.request.drive {
            self.workspace.write(BufferId::Control, controls);
        }
        self.open_policy()?;
        let mut batch = self.workspace.batch()?;
        let sample = self.sample_groups().map(|groups| (PassId::Sample, Workgroups::Direct(groups)));
        self.workspace.dispatch_all(&mut batch, sample.into_iter().chain(self.fresh_passes()));
        let state = self.workspace.read_back(&mut batch, BufferId::TaskState, ReadRange::All);
        self.workspace.submit(batch, &[&state]);
        Ok(self.workspace.finish(state)?)
    }

    /// Steps all rows to the end and passes every step's record to `take`; `false` if `keep_going` returned false.
    pub fn run(
        &mut self,
        take: &mut dyn FnMut(&[u32]) -> Result<(), RunError>,
        keep_going: &dyn Fn() -> bool,
        progress: &mut dyn FnMut(usize),
    ) -> Result<bool, RunError> {
        let (mut begun, mut done) = (0, 0);
        let mut flights: VecDeque<Flight> = VecDeque::new();
        self.pacing.restart();
        while done < self.request.steps {
            if !keep_going() {
                return Ok(false);
            }
            let left = self.request.steps - begun;
            if left > 0 && flights.len() < IN_FLIGHT {
                let steps = self.pacing.steps(1).min(self.longest).min(left);
                begun += steps;
                flights.push_back(self.submit(steps)?);
                continue;
            }
            let Some(Flight { steps, submission, records }) = flights.pop_front() else { break };
            self.workspace.wait_for(submission)?;
            self.pacing.completed(steps);
            let words = self.plan.record.words;
            self.workspace.finish_with(records, |records: &[u32]| {
                records.chunks_exact(words).take(steps).try_for_each(&mut *take)
            })??;
            done += steps;
            progress(done);
        }
        Ok(true)
    }

    fn submit(&mut self, steps: usize) -> Result<Flight, RunError> {
        self.upload_controls(steps)?;
        let records = self.workspace.collector((4 * self.longest * self.plan.record.words) as u64);
        let mut batch = self.workspace.batch()?;
        for step in 0..steps {
            self.record_step(&mut batch, step, &records);
        }
        let submission = self.workspace.submit(batch, &[&records]);
        Ok(Flight { steps, submission, records })
    }

    fn record_step(&self, batch: &mut Batch, step: usize, records: &PendingRead) {
        let workspace = &self.workspace;
        let control_bytes = (4 * self.plan.rows * self.plan.record.control.width) as u64;
        if !self.controls.is_empty() {
            workspace.copy(
                batch,
                (BufferId::ControlSteps, step as u64 * control_bytes),
                BufferId::Control,
                control_bytes,
            );
        }
        if self.request.reset {
            workspace.clear_start(batch, BufferId::Fresh, 4);
        }
        workspace.dispatch_all(batch, self.step_passes());
        if self.request.reset {
            workspace.dispatch_all(batch, self.fresh_passes());
        }
        let record_bytes = (4 * self.plan.record.words) as u64;
        workspace.copy_to_host(batch, BufferId::Motion, record_bytes, records, step as u64 * record_bytes);
    }

    /// Uploads the controls of the next steps if they come from the host and differ between steps.
    fn upload_controls(&mut self, steps: usize) -> Result<(), RunError> {
        let width = self.plan.rows * self.plan.record.control.width;
        if matches!(self.request.drive, Drive::Held(_) | Drive::Policy(_)) || width == 0 {
            return Ok(());
        }
        self.controls.resize(steps * width, 0.0);
        for controls in self.controls.chunks_exact_mut(width) {
            match &mut self.request.drive {
                Drive::Steps(file) => file.next(controls)?,
                Drive::Random(random) => random.next(controls),
                Drive::Held(_) | Drive::Policy(_) | Drive::Packed(_) => {}
            }
        }
        self.workspace.write(BufferId::ControlSteps, &self.controls);
        Ok(())
    }

    /// Uploads the network of a checkpoint: the deterministic one, as `gpu-ec eval` runs it, or the distribution of
    /// the members.
    fn open_policy(&mut self) -> Result<(), RunError> {
        let (Drive::Policy(policy), Some((plan, _))) = (&self.request.drive, &self.plan.policy) else { return Ok(()) };
        let state = policy.checkpoint.learnt(&policy.config, plan)?;
        let draw = if self.trained().is_some() { Draw::Members } else { Draw::Centre };
        let mut distribution = vec![];
        plan.algorithm.encode(&plan.genome, &state.learner.params, draw, &mut distribution);
        self.workspace.write(plan.genome.distribution(), &distribution);
        self.workspace.write(BufferId::Normaliser, &state.normaliser.upload());
        Ok(())
    }

    /// Returns the member in the first row and the generation, if members run as in training.
    fn trained(&self) -> Option<(u32, u32)> {
        match &self.request.drive {
            Drive::Policy(policy) => policy.first_member.map(|member| (member, policy.checkpoint.generation())),
            _ => None,
        }
    }

    /// Returns the parameters of the run, with the random draws of `gpu-ec eval` or those of training.
    fn params(&self) -> RunParams {
        let seed = match (&self.request.begin, &self.request.drive) {
            (Begin::Drawn { seed, .. }, _) => *seed,
            (_, Drive::Policy(policy)) => policy.config.seed,
            _ => 0,
        };
        let (generation, start, membrane) = match self.trained() {
            None => (EVAL_GENERATION, Stream::EvaluationStart, Stream::EvaluationMembrane),
            Some((_, generation)) => (generation, Stream::Start, Stream::Membrane),
        };
        let (extra_episodes, common_starts) = match &self.request.drive {
            Drive::Policy(policy) => policy.lives_of_a_member(),
            _ => (0, false),
        };
        RunParams {
            extra_episodes,
            common_starts: u32::from(common_starts),
            key_sample: stream_key(seed, Stream::Sample),
            key_start: stream_key(seed, start),
            key_membrane: stream_key(seed, membrane),
            key_action: stream_key(seed, Stream::Action),
            generation,
            harness: self.harness(),
            reward_factors: self.reward_factors(),
            ..rows::params(self.plan.rows)
        }
    }

    /// Returns the strengths of the helping force in the task of the network; zeros without a network.
    fn harness(&self) -> [f32; 4] {
        match &self.request.drive {
            Drive::Policy(policy) => policy.config.task.harness().map_or([0.0; 4], HarnessConfig::strengths),
            _ => [0.0; 4],
        }
    }

    fn reward_factors(&self) -> [f32; REWARD_FACTORS] {
        match &self.request.drive {
            Drive::Policy(policy) => policy.reward_factors,
            _ => AS_WEIGHTED,
        }
    }

    fn sample_groups(&self) -> Option<[u32; 3]> {
        let (plan, _) = self.plan.policy.as_ref()?;
        let invocations = plan.algorithm.sample_invocations(&plan.genome);
        Some(plan.algorithm_launch.sample_workgroups(invocations, self.plan.rows))
    }

    /// Returns the workgroups of the network's and of the task's kernels over all rows.
    fn groups(&self) -> [Workgroups; 2] {
        let of = |each| Workgroups::over(self.plan.rows, each);
        let network = self.plan.policy.as_ref().map_or(1, |(plan, _)| plan.individuals_per_workgroup());
        [of(network), of(self.plan.task.slots_per_workgroup)]
    }

    /// Returns the passes that put fresh rows at their starts.
    fn fresh_passes(&self) -> impl Iterator<Item = (PassId, Workgroups)> {
        let [network, task] = self.groups();
        let reset = self.plan.policy.as_ref().map(|_| (PassId::NetworkReset, network));
        reset.into_iter().chain([(PassId::TaskReset, task)])
    }

    /// Returns the passes of a step.
    fn step_passes(&self) -> impl Iterator<Item = (PassId, Workgroups)> {
        let [network, task] = self.groups();
        let act = self.plan.policy.as_ref().map(|_| {
            let each = self.workspace.workgroup(PassId::Controls) as usize;
            let controls = Workgroups::over(self.plan.rows * self.plan.record.control.width, each);
            [(PassId::NetworkStep, network), (PassId::Controls, controls)]
        });
        let take = Workgroups::over(self.plan.rows, 1);
        act.into_iter().flatten().chain([(PassId::TaskStep, task), (PassId::Motion, take)])
    }
}
