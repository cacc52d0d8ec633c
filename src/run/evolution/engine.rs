//! A plan on a device: networks and normaliser in, episodes and gradient out.

mod job;
mod rollout;
mod timing;

use std::time::Duration;

pub use job::{Job, Queue};
pub use rollout::Visit;

use crate::{
    algorithms::Draw,
    config::{Config, TaskConfig},
    gpu::{AdapterSummary, Batch, Gpu, Workgroups, Workspace, fold},
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

/// A plan on a device.
pub struct Engine<'gpu> {
    /// The plan.
    pub plan: Plan,
    workspace: Workspace<'gpu>,
    pacing: Pacing,
    seed: u64,
    distribution: Vec<u32>,
    /// The generation all of whose members are in `theta`, member `k` in place `k`, if there is one.
    resident: Option<u32>,
    /// The task of the plan.
    task: TaskConfig,
    /// Where evaluations live, if their task is another one.
    evaluator: Option<Box<Self>>,
}

impl<'gpu> Engine<'gpu> {
    /// Plans `config`, compiles the kernels and allocates the buffers.
    pub fn new(gpu: &'gpu Gpu, config: &Config) -> Result<Self, RunError> {
        Self::of_plan(gpu, config, Plan::new(config, gpu.adapter.traits())?)
    }

    /// Compiles the kernels and allocates the buffers of `plan`, which was made from `config` for `gpu`.
    pub fn of_plan(gpu: &'gpu Gpu, config: &Config, plan: Plan) -> Result<Self, RunError> {
        let mut workspace = Workspace::new(gpu, &plan.kernels())?;
        for buffer in &plan.buffers {
            workspace.alloc(buffer.id, buffer.bytes)?;
        }
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

    /// Follows a run of `config` into the phase whose configuration is `now`: rates and population change, and the
    /// kernels that differ where the task does.
    pub fn follow(&mut self, config: &Config, now: &Config) -> Result<(), RunError> {
        // the strength of a harness is no part of the kernels' text
        let task = now.task.with_harness_of(&self.task);
        if self.task != task {
            let other = Config { task: now.task.clone(), ..config.clone() };
            let device = self.workspace.gpu().adapter.traits();
            self.adopt(Plan::in_variant(&other, device, self.plan.variant)?)?;
            self.task = now.task.clone();
        }
        Ok(self.plan.follow(now)?)
    }

    /// Evaluates on `evaluator` from now on.
    pub fn with_evaluator(self, evaluator: Option<Self>) -> Self {
        Self { evaluator: evaluator.map(Box::new), ..self }
    }

    /// Returns the engine on which evaluations live.
    pub fn for_evaluation(&mut self) -> &mut Self {
        match &mut self.evaluator {
            Some(_) => self.evaluator.as_mut().expect("there is one"),
            None => self,
        }
    }

    /// Takes another variant of the same plan: the kernels whose text differs are compiled, buffers stay as they are.
    pub fn adopt(&mut self, plan: Plan) -> Result<(), RunError> {
        let pairs = plan.passes.iter().zip(&self.plan.passes);
        let differing = pairs.filter(|(new, old)| new.kernel.module.wgsl != old.kernel.module.wgsl);
        let kernels: Vec<Kernel> = differing.map(|(new, _)| new.kernel.clone()).collect();
        self.workspace.replace(&kernels)?;
        self.plan = plan;
        Ok(())
    }

    /// Returns what compiling the kernels of `passes` took, each with its module.
    pub fn compiling(&self, passes: &[PassId]) -> Duration {
        passes.iter().map(|pass| self.workspace.compiling(*pass)).sum()
    }

    /// Returns the adapter behind the device.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.workspace.gpu().adapter
    }

    /// Bytes of all buffers on the device.
    pub fn device_bytes(&self) -> u64 {
        self.workspace.bytes()
    }

    /// Bytes that are allocated on the device, read-backs included; those of the buffers where the backend does not
    /// tell.
    pub fn allocated_bytes(&self) -> u64 {
        self.workspace.gpu().allocated_bytes().unwrap_or(self.workspace.bytes())
    }

    /// Uploads what `draw` takes its networks from, by the parameters `[n_params]`, and the normaliser `[2][d_obs]`,
    /// and zeroes the sums for the next one.
    pub fn prepare(&mut self, params: &[f64], draw: Draw, normaliser: &[f32]) -> Result<(), RunError> {
        self.resident = None;
        self.plan.algorithm.encode(&self.plan.genome, params, draw, &mut self.distribution);
        self.workspace.write(self.plan.genome.distribution(), &self.distribution);
        self.workspace.write(BufferId::Normaliser, normaliser);
        let mut batch = self.workspace.batch()?;
        self.workspace.clear(&mut batch, BufferId::Moments);
        self.workspace.submit(batch, &[]);
        Ok(())
    }

    /// Writes the sums of the normaliser `[n_moment_lives][2][d_obs]` of lives that are over.
    pub fn set_moments(&self, moments: &[f32]) {
        self.workspace.write(BufferId::Moments, moments);
    }

    /// Hands `take` the sums of the normaliser `[n_moment_lives][2][d_obs]`.
    pub fn moments(&mut self, take: impl FnOnce(&[f32])) -> Result<(), RunError> {
        Ok(self.workspace.read_with(BufferId::Moments, take)?)
    }

    /// Sets `total` to the estimate's sums over all members, one entry per parameter and whatever pads them; `false` if
    /// `keep_going` said no.
    pub fn gradient(
        &mut self,
        generation: u32,
        utilities: &[i32],
        keep_going: &dyn Fn() -> bool,
        total: &mut Vec<f64>,
    ) -> Result<bool, RunError> {
        let draws = Draws {
            algorithm: self.plan.algorithm.as_ref(),
            seed: self.seed,
            generation,
            genome: &self.plan.genome,
            places: self.plan.n_places,
            layout: self.plan.algorithm_layout,
            block: self.plan.block,
            resident: self.resident == Some(generation),
        };
        self.resident = self.resident.filter(|_| draws.resident);
        gradient(&mut self.workspace, &draws, utilities, keep_going, total)
    }

    /// Hands over the parameters of `job`; the batch brings the first lives of `queue` to their slots, at their start.
    fn begin(&mut self, job: &Job, queue: &Queue) -> Result<(RunParams, Batch), RunError> {
        let params = self.hand_over(job, queue);
        let mut batch = self.workspace.batch()?;
        self.workspace.dispatch_all(&mut batch, self.opening());
        Ok((params, batch))
    }

    /// Returns whether lives of `queue` wait for slots.
    fn refills(&self, job: &Job, queue: &Queue) -> bool {
        queue.count() > self.slots(job, queue) && !job.policy_only
    }

    /// Slots for `queue`: all that there are, unless its members might need more places than there are.
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

    /// Returns the passes that open a rollout, which stand first in the plan.
    fn opening(&self) -> impl Iterator<Item = (PassId, Workgroups)> {
        self.plan.passes.iter().filter_map(|pass| match pass.when {
            When::Start => {
                let groups = fold((self.plan.n_slots as u32).div_ceil(self.workspace.workgroup(pass.kernel.id)));
                Some((pass.kernel.id, Workgroups::Direct(groups)))
            }
            When::Fresh(row) => Some((pass.kernel.id, Workgroups::Indirect(row.offset()))),
            _ => None,
        })
    }
}
