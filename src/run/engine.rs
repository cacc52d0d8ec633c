//! Rollouts: members in, episodes out. Slabs, compaction, submissions and read-backs are hidden here.

use std::{collections::VecDeque, time::Instant};

use super::{
    RunError,
    gradient::{Draws, gradient},
    pacing::Pacing,
};
use crate::{
    algorithms::ec::sample::pack_thresholds,
    config::Config,
    gpu::{Batch, Gpu, PendingRead, Submission, Workgroups, Workspace, fold},
    plan::{
        build::{COMPACT_EVERY, Plan, When},
        random::{Stream, stream_key},
        records::{EpisodeRecord, RunParams},
    },
};

/// Submissions on their way at once.
const IN_FLIGHT: usize = 2;

/// Which members live, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Counter word of all draws.
    pub generation: u32,
    /// Members 0..population.
    pub population: usize,
    /// Steps after which an episode is truncated.
    pub episode_cap: usize,
    /// Fresh streams of its own, and no sums for the normaliser.
    pub evaluation: bool,
    /// Uniform random actions, and no network.
    pub physics_only: bool,
    /// The network, and no body.
    pub policy_only: bool,
    /// A fall does not end the episode.
    pub no_termination: bool,
}

impl Job {
    /// A training generation.
    pub fn training(generation: u32, population: usize, episode_cap: usize) -> Self {
        Self {
            generation,
            population,
            episode_cap,
            evaluation: false,
            physics_only: false,
            policy_only: false,
            no_termination: false,
        }
    }
}

/// What a slab's members left.
pub struct Slab {
    /// Record of every member.
    pub episodes: Vec<EpisodeRecord>,
    /// `[n_terms][members]`, only where asked for.
    pub terms: Vec<f32>,
}

/// A plan on a device.
pub struct Engine<'gpu> {
    /// The plan.
    pub plan: Plan,
    workspace: Workspace<'gpu>,
    pacing: Pacing,
    seed: u64,
    planes: Vec<u32>,
    /// The generation all of whose members are in `theta`, if there is one.
    resident: Option<u32>,
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
            workspace.alloc(buffer.name, buffer.bytes)?;
        }
        let pacing = Pacing::new(config.device.submission_ms);
        Ok(Self { plan, workspace, pacing, seed: config.seed, planes: vec![], resident: None })
    }

    /// Bytes of all buffers on the device.
    pub fn device_bytes(&self) -> u64 {
        self.workspace.bytes()
    }

    /// Uploads the sampling thresholds `[n_params]` and the normaliser `[2][d_obs]`, and zeroes the sums for the next one.
    pub fn prepare(
        &mut self,
        thresholds: impl ExactSizeIterator<Item = u32>,
        normaliser: &[f32],
    ) -> Result<(), RunError> {
        self.resident = None;
        pack_thresholds(thresholds, &mut self.planes);
        self.workspace.write("threshold", &self.planes);
        self.workspace.write("normaliser", normaliser);
        let mut batch = self.workspace.batch()?;
        self.workspace.clear(&mut batch, "moments");
        self.workspace.submit(batch, &[]);
        Ok(())
    }

    /// Lets the members of `job` live one episode each, slab by slab; `visit` gets every slab in order.
    ///
    /// `keep_going` is asked between submissions; once it says no, the rollout is given up and `false` comes back.
    pub fn rollout(
        &mut self,
        job: &Job,
        want_terms: bool,
        keep_going: &dyn Fn() -> bool,
        visit: &mut dyn FnMut(Slab),
    ) -> Result<bool, RunError> {
        let mut base = 0;
        while base < job.population {
            let members = self.plan.n_slots.min(job.population - base);
            if !self.live(job, base, members, keep_going)? {
                return Ok(false);
            }
            visit(self.collect(members, want_terms)?);
            base += members;
        }
        self.resident = (job.population <= self.plan.n_slots).then_some(job.generation);
        Ok(true)
    }

    /// Hands `take` the sums of the normaliser `[n_moment_members][2][d_obs]`.
    pub fn moments(&mut self, take: impl FnOnce(&[f32])) -> Result<(), RunError> {
        Ok(self.workspace.read_with("moments", take)?)
    }

    /// Sets `total` to `sum_k utility_k theta_k` over all members, exactly, `[n_params]`; `false` if `keep_going` said no.
    pub fn gradient(
        &mut self,
        generation: u32,
        utilities: &[i32],
        keep_going: &dyn Fn() -> bool,
        total: &mut Vec<i64>,
    ) -> Result<bool, RunError> {
        let draws = Draws {
            seed: self.seed,
            generation,
            n_words: self.plan.n_words(),
            slots: self.plan.n_slots,
            layout: self.plan.ec_layout,
            resident: self.resident == Some(generation),
        };
        self.resident = self.resident.filter(|_| draws.resident);
        gradient(&mut self.workspace, &draws, utilities, keep_going, total)
    }

    /// Runs every kernel once on one member: drivers generate code at the first dispatch.
    pub fn warm_up(&mut self) -> Result<(), RunError> {
        let job = Job { evaluation: true, ..Job::training(0, 2, 1) };
        for (kernel, seconds) in self.profile(&job)? {
            tracing::debug!("first dispatch of {kernel}: {seconds:.3} s");
        }
        Ok(())
    }

    /// Seconds of every pass while the first slab of `job` lives, each waited for alone.
    pub fn profile(&mut self, job: &Job) -> Result<Vec<(String, f64)>, RunError> {
        let members = self.plan.n_slots.min(job.population);
        self.workspace.write("run", &[self.params(job, 0, members)]);
        let mut seconds: Vec<(String, f64)> =
            self.plan.passes.iter().map(|pass| (pass.kernel.name.clone(), 0.0)).collect();
        let whens: Vec<When> = self.plan.passes.iter().map(|pass| pass.when).collect();
        for entry in seconds.iter_mut().zip(whens).filter_map(|(entry, when)| (when == When::Slab).then_some(entry)) {
            let workgroups = self.slab_workgroups(&entry.0, members);
            self.timed(entry, workgroups)?;
        }
        for step in 1..=job.episode_cap {
            for (index, pass) in self.step_passes(job, step, job.episode_cap) {
                self.timed(&mut seconds[index], pass)?;
            }
        }
        self.resident = (job.population <= self.plan.n_slots).then_some(job.generation);
        let (utilities, mut total) = (vec![0; members], vec![]);
        let started = Instant::now();
        self.gradient(job.generation, &utilities, &|| true, &mut total)?;
        if let Some(gradient) = seconds.last_mut() {
            gradient.1 = started.elapsed().as_secs_f64();
        }
        Ok(seconds)
    }

    fn timed(&mut self, entry: &mut (String, f64), workgroups: Workgroups) -> Result<(), RunError> {
        let mut batch = self.workspace.batch()?;
        self.workspace.dispatch_all(&mut batch, [(entry.0.as_str(), workgroups)]);
        let started = Instant::now();
        let submission = self.workspace.submit(batch, &[]);
        self.workspace.wait_for(submission)?;
        entry.1 += started.elapsed().as_secs_f64();
        Ok(())
    }

    fn live(
        &mut self,
        job: &Job,
        base: usize,
        members: usize,
        keep_going: &dyn Fn() -> bool,
    ) -> Result<bool, RunError> {
        self.workspace.write("run", &[self.params(job, base, members)]);
        let mut batch = self.workspace.batch()?;
        self.open_slab(&mut batch, members);
        let mut flight: VecDeque<(usize, Submission, PendingRead)> = VecDeque::new();
        self.pacing.restart();
        let mut recorded = 0;
        loop {
            let steps = self.pacing.steps(COMPACT_EVERY).min(job.episode_cap - recorded);
            self.record_steps(&mut batch, job, steps);
            recorded += steps;
            let live = self.workspace.read_back(&mut batch, "live", 4);
            let submission = self.workspace.submit(batch, &[&live]);
            flight.push_back((steps, submission, live));
            let last = recorded == job.episode_cap;
            while flight.len() >= IN_FLIGHT || (last && !flight.is_empty()) {
                let Some((steps, submission, live)) = flight.pop_front() else { break };
                self.workspace.wait_for(submission)?;
                self.pacing.completed(steps);
                if self.workspace.finish::<u32>(live)?[0] == 0 {
                    return Ok(true);
                }
            }
            if last {
                return Ok(true);
            }
            if !keep_going() {
                return Ok(false);
            }
            batch = self.workspace.batch()?;
        }
    }

    fn params(&self, job: &Job, base: usize, members: usize) -> RunParams {
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
            member_base: base as u32,
            n_slots: members as u32,
            n_moment_members: if job.evaluation { 0 } else { self.plan.n_moment_members as u32 },
            episode_cap: job.episode_cap as u32,
            random_actions: u32::from(job.physics_only),
            no_termination: u32::from(job.no_termination),
            pad: 0,
        }
    }

    fn open_slab(&self, batch: &mut Batch, members: usize) {
        let passes = self.plan.passes.iter().filter(|pass| pass.when == When::Slab);
        let passes = passes.map(|pass| (pass.kernel.name.as_str(), self.slab_workgroups(&pass.kernel.name, members)));
        self.workspace.dispatch_all(batch, passes);
    }

    fn slab_workgroups(&self, kernel: &str, members: usize) -> Workgroups {
        let per_group = match kernel {
            "ec.sample" => {
                return Workgroups::Direct(self.plan.ec_layout.sample_workgroups(self.plan.n_words(), members));
            }
            "network.reset" => self.plan.network.individuals_per_workgroup(),
            "task.reset" => self.plan.task_workgroup,
            _ => 64,
        };
        Workgroups::Direct(fold(members.div_ceil(per_group) as u32))
    }

    fn record_steps(&self, batch: &mut Batch, job: &Job, steps: usize) {
        let passes = (1..=steps).flat_map(|step| self.step_passes(job, step, steps));
        let passes = passes.map(|(index, workgroups)| (self.plan.passes[index].kernel.name.as_str(), workgroups));
        self.workspace.dispatch_all(batch, passes);
    }

    /// The passes of step `step` of `steps` (from 1): position in the plan and workgroups.
    fn step_passes(&self, job: &Job, step: usize, steps: usize) -> Vec<(usize, Workgroups)> {
        let compact = step.is_multiple_of(COMPACT_EVERY) || step == steps;
        let passes = self.plan.passes.iter().enumerate().filter_map(|(index, pass)| match pass.when {
            When::Step if pass.kernel.name.starts_with("network") => {
                (!job.physics_only).then_some((index, Workgroups::Indirect(0)))
            }
            When::Step => (!job.policy_only).then_some((index, Workgroups::Indirect(12))),
            When::Compaction => compact.then_some((index, Workgroups::Direct([1, 1, 1]))),
            When::Slab | When::Tell => None,
        });
        passes.collect()
    }

    fn collect(&mut self, members: usize, want_terms: bool) -> Result<Slab, RunError> {
        let mut batch = self.workspace.batch()?;
        let bytes = (members * std::mem::size_of::<EpisodeRecord>()) as u64;
        let episodes = self.workspace.read_back(&mut batch, "episode", bytes);
        let n_terms = if want_terms { self.plan.task.terms().len() } else { 0 };
        let terms = self.workspace.read_back(&mut batch, "terms", (4 * n_terms * self.plan.n_slots).max(4) as u64);
        self.workspace.submit(batch, &[&episodes, &terms]);
        let episodes = self.workspace.finish(episodes)?;
        let all: Vec<f32> = self.workspace.finish(terms)?;
        let terms = (0..n_terms).flat_map(|term| all[term * self.plan.n_slots..][..members].to_vec()).collect();
        Ok(Slab { episodes, terms })
    }
}
