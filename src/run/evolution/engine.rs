//! Plan on a device: networks and normaliser in, episodes and gradient out.

mod job;
mod rollout;
mod timing;

use std::time::Duration;

pub use job::{Job, Queue};
pub use rollout::Visit;

use crate::{
    algorithms::Draw,
    config::{Config, TaskConfig},
    gpu::{AdapterSummary, Batch, Gpu, Workgroups, Workspace},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        random::{Stream, stream_key},
        records::RunParams,
    },
    plan::{Plan, homes::Homes, pass::When},
    run::{
        RunError,
        evolution::{
            gradient::{Draws, gradient},
            pacing::Pacing,
        },
    },
};

/// Plan on a device.
pub struct Engine<'gpu> {
    /// Plan in use.
    pub plan: Plan,
    workspace: Workspace<'gpu>,
    pacing: Pacing,
    seed: u64,
    distribution: Vec<u32>,
    /// Generation whose members are all in `theta`, member `k` in place `k`, if there is one.
    resident: Option<u32>,
    /// Task of the plan.
    task: TaskConfig,
    /// Engine of evaluations, if their task is another one.
    evaluator: Option<Box<Self>>,
}

impl<'gpu> Engine<'gpu> {
    /// Plans `config`, compiles the kernels and allocates the buffers.
    pub fn new(gpu: &'gpu Gpu, config: &Config) -> Result<Self, RunError> {
        Self::of_plan(gpu, config, Plan::new(config, gpu.adapter.traits())?)
    }

    /// Compiles the kernels and allocates the buffers of `plan`, which was made from `config` for `gpu`.
    pub fn of_plan(gpu: &'gpu Gpu, config: &Config, plan: Plan) -> Result<Self, RunError> {
        let buffers = plan.buffers.iter().map(|buffer| (buffer.id, buffer.bytes));
        let workspace = Workspace::with(gpu, &plan.kernels(), buffers)?;
        let pacing = Pacing::new(config.device.submission_ms);
        Ok(Self {
            plan,
            workspace,
            pacing,
            seed: config.seed,
            distribution: vec![],
            resident: None,
            task: config.task.clone(),
            evaluator: None,
        })
    }

    /// Moves a run of `config` to the phase whose configuration is `now`. Rates and population change; kernels
    /// change where the task differs.
    pub fn follow(&mut self, config: &Config, now: &Config) -> Result<(), RunError> {
        // the strength of a harness is not part of the kernels' text
        let task = now.task.with_harness_of(&self.task);
        if self.task != task {
            let other = Config { task: now.task.clone(), ..config.clone() };
            let device = self.workspace.gpu().adapter.traits();
            self.adopt(Plan::in_variant(&other, device, self.plan.variant)?)?;
            self.task = now.task.clone();
        }
        Ok(self.plan.follow(now)?)
    }

    /// Sets the engine of evaluations.
    pub fn with_evaluator(self, evaluator: Option<Self>) -> Self {
        Self { evaluator: evaluator.map(Box::new), ..self }
    }

    /// Returns the engine of evaluations.
    pub fn for_evaluation(&mut self) -> &mut Self {
        match &mut self.evaluator {
            Some(_) => self.evaluator.as_mut().expect("there is one"),
            None => self,
        }
    }

    /// Switches to another variant of the same plan. Only kernels whose text differs are compiled; buffers stay as
    /// they are.
    pub fn adopt(&mut self, plan: Plan) -> Result<(), RunError> {
        let pairs = plan.passes.iter().zip(&self.plan.passes);
        let differing = pairs.filter(|(new, old)| new.kernel.module.wgsl != old.kernel.module.wgsl);
        let kernels: Vec<Kernel> = differing.map(|(new, _)| new.kernel.clone()).collect();
        self.workspace.replace(&kernels)?;
        self.plan = plan;
        Ok(())
    }

    /// Returns the time spent on compiling the kernels of `passes`, their modules included.
    pub fn compiling(&self, passes: &[PassId]) -> Duration {
        passes.iter().map(|pass| self.workspace.compiling(*pass)).sum()
    }

    /// Returns the adapter behind the device.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.workspace.gpu().adapter
    }

    /// Returns the size of all buffers on the device, bytes.
    pub fn device_bytes(&self) -> u64 {
        self.workspace.bytes()
    }

    /// Returns the memory allocated on the device, read-backs included, bytes. If the backend does not report it,
    /// returns the size of the buffers.
    pub fn allocated_bytes(&self) -> u64 {
        self.workspace.gpu().allocated_bytes().unwrap_or(self.workspace.bytes())
    }

    /// Uploads the distribution from which `draw` takes networks, given the parameters `[n_params]`, and the
    /// normaliser `[2][d_obs]`. Clears the sums for the next normaliser.
    pub fn prepare(&mut self, params: &[f64], draw: Draw, normaliser: &[f32]) -> Result<(), RunError> {
        self.plan.algorithm.encode(&self.plan.genome, params, draw, &mut self.distribution);
        self.upload(normaliser)
    }

    /// Does the same with a distribution that another engine of the same plan has encoded.
    ///
    /// Errors: [`RunError::Refused`] if it has too many words, or the normaliser another number of numbers.
    pub fn prepare_encoded(&mut self, distribution: &[u32], normaliser: &[f32]) -> Result<(), RunError> {
        let id = self.plan.genome.distribution();
        let bytes = self.plan.buffers.iter().find(|buffer| buffer.id == id).map_or(0, |buffer| buffer.bytes);
        let (words, numbers) = (bytes / 4, 2 * self.plan.task.d_obs());
        if distribution.len() as u64 > words || normaliser.len() != numbers {
            return Err(RunError::Refused(format!(
                "a distribution of {} words and {} numbers was sent; this network needs {words} and {numbers}",
                distribution.len(),
                normaliser.len()
            )));
        }
        self.distribution.clear();
        self.distribution.extend_from_slice(distribution);
        self.upload(normaliser)
    }

    /// Returns the distribution on the device, as the algorithm encodes it.
    pub fn distribution(&self) -> &[u32] {
        &self.distribution
    }

    fn upload(&mut self, normaliser: &[f32]) -> Result<(), RunError> {
        self.resident = None;
        self.workspace.write(self.plan.genome.distribution(), &self.distribution);
        self.workspace.write(BufferId::Normaliser, normaliser);
        self.clear_moments()
    }

    /// Zeroes the normaliser sums, to which episodes add.
    pub fn clear_moments(&mut self) -> Result<(), RunError> {
        let mut batch = self.workspace.batch()?;
        self.workspace.clear(&mut batch, BufferId::Moments);
        self.workspace.submit(batch, &[]);
        Ok(())
    }

    /// Uploads the normaliser sums `[n_moment_lives][2][d_obs]` of finished episodes.
    pub fn set_moments(&self, moments: &[f32]) {
        self.workspace.write(BufferId::Moments, moments);
    }

    /// Passes the normaliser sums `[n_moment_lives][2][d_obs]` to `take`.
    pub fn moments(&mut self, take: impl FnOnce(&[f32])) -> Result<(), RunError> {
        Ok(self.workspace.read_with(BufferId::Moments, take)?)
    }

    /// Sets `total` to the sums of the gradient estimate over all members, one entry per parameter plus padding.
    /// Returns `false` if `keep_going` returned false.
    pub fn gradient(
        &mut self,
        generation: u32,
        utilities: &[i32],
        keep_going: &dyn Fn() -> bool,
        total: &mut Vec<f64>,
    ) -> Result<bool, RunError> {
        let draws = Draws {
            algorithm: self.plan.evolution()?,
            seed: self.seed,
            generation,
            genome: &self.plan.genome,
            places: self.plan.n_places,
            layout: self.plan.algorithm_launch,
            block: self.plan.block,
            resident: self.resident == Some(generation),
        };
        self.resident = self.resident.filter(|_| draws.resident);
        gradient(&mut self.workspace, &draws, utilities, keep_going, total)
    }

    /// Uploads the parameters of `job`. The returned batch assigns the first episodes of `queue` to their slots and
    /// starts them.
    fn begin(&mut self, job: &Job, queue: &Queue) -> Result<(RunParams, Batch), RunError> {
        let params = self.hand_over(job, queue);
        let mut batch = self.workspace.batch()?;
        self.workspace.dispatch_all(&mut batch, self.opening());
        Ok((params, batch))
    }

    /// Returns true if some episodes of `queue` have to wait for a slot.
    fn refills(&self, job: &Job, queue: &Queue) -> bool {
        queue.count() > self.slots(job, queue) && !job.policy_only
    }

    /// Returns the number of slots for `queue`: all, unless its members might need more places than there are.
    fn slots(&self, job: &Job, queue: &Queue) -> usize {
        let Plan { n_slots, n_places, .. } = self.plan;
        let members = (queue.rest.end as usize).div_ceil(job.episodes);
        if members > n_places { n_slots.min(n_places) } else { n_slots }
    }

    fn hand_over(&mut self, job: &Job, queue: &Queue) -> RunParams {
        let params = self.params(job, queue);
        self.workspace.write(BufferId::Run, &[params]);
        let lives = queue.first.iter().copied().chain(queue.rest.clone()).take(params.n_slots as usize);
        let next_life = queue.rest.start + params.n_slots - queue.first.len() as u32;
        let mut opening: Vec<u32> = std::iter::once(next_life).chain(lives).collect();
        if self.plan.shares_places() {
            let waiting = next_life..params.population;
            let homes = Homes::new(&opening[1..], &waiting, job.episodes as u32, self.plan.n_places);
            opening.resize(1 + self.plan.n_slots, 0);
            opening.extend(homes.opening);
            self.workspace.write(BufferId::Places, &homes.places);
        }
        self.workspace.write(BufferId::Opening, &opening);
        params
    }

    fn record_steps(&self, batch: &mut Batch, job: &Job, steps: usize, refill: bool) {
        let passes = (1..=steps).flat_map(|step| self.step_passes(job, (step, steps), refill));
        let passes = passes.map(|(index, workgroups)| (self.plan.passes[index].kernel.id, workgroups));
        self.workspace.dispatch_all(batch, passes);
    }

    fn params(&self, job: &Job, queue: &Queue) -> RunParams {
        let n_slots = self.slots(job, queue).min(queue.count());
        let (start, membrane) = match job.evaluation {
            false => (Stream::Start, Stream::Membrane),
            true => (Stream::EvaluationStart, Stream::EvaluationMembrane),
        };
        RunParams {
            key_sample: stream_key(self.seed, Stream::Sample),
            key_start: stream_key(self.seed, start),
            key_membrane: stream_key(self.seed, membrane),
            key_action: stream_key(self.seed, Stream::Action),
            generation: job.generation,
            member_base: 0,
            n_slots: n_slots as u32,
            n_moment_lives: if job.evaluation { 0 } else { self.plan.n_moment_lives as u32 },
            episode_cap: job.episode_cap as u32,
            random_actions: u32::from(job.physics_only),
            no_termination: u32::from(job.no_termination),
            // episodes of a network alone never end
            population: if job.policy_only { n_slots as u32 } else { queue.rest.end },
            harness: job.harness,
            reward_factors: job.reward_factors,
            extra_episodes: job.episodes as u32 - 1,
            common_starts: u32::from(job.common_starts),
            ..Default::default()
        }
    }

    /// Returns the passes that open a rollout; they come first in the plan.
    fn opening(&self) -> impl Iterator<Item = (PassId, Workgroups)> {
        self.plan.passes.iter().filter_map(|pass| match pass.when {
            When::Start => {
                let each = self.workspace.workgroup(pass.kernel.id) as usize;
                Some((pass.kernel.id, Workgroups::over(self.plan.n_slots, each)))
            }
            When::Fresh(row) => Some((pass.kernel.id, Workgroups::Indirect(row.offset()))),
            _ => None,
        })
    }
}
