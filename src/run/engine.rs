//! Rollouts: members in, episodes out. Slots, compaction, submissions and read-backs are hidden here.

mod timing;

use std::{collections::VecDeque, time::Duration};

use super::{
    RunError,
    gradient::{Draws, gradient},
    pacing::Pacing,
};
use crate::{
    algorithms::ec::sample::pack_thresholds,
    config::Config,
    gpu::{AdapterSummary, Batch, Gpu, PendingRead, Submission, Workgroups, Workspace, fold},
    plan::{
        build::{COMPACT_EVERY, Plan, Row, When},
        kernel::Kernel,
        random::{Stream, stream_key},
        records::{EndedHeader, EpisodeRecord, RunParams},
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

/// Hears of episodes that ended, in any order: records and their terms `[records][n_terms]`, empty unless asked for.
pub type Visit<'a> = dyn FnMut(&[EpisodeRecord], &[f32]) + 'a;

/// A submission on its way.
struct Flight {
    /// Steps in it.
    steps: usize,
    /// Steps of the rollout up to its end.
    until: usize,
    submission: Submission,
    ended: PendingRead,
    terms: Option<PendingRead>,
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

    /// Takes another variant of the same plan: the kernels whose text differs are compiled, buffers stay as they are.
    pub fn adopt(&mut self, plan: Plan) -> Result<(), RunError> {
        let pairs = plan.passes.iter().zip(&self.plan.passes);
        let differing = pairs.filter(|(new, old)| new.kernel.module.wgsl != old.kernel.module.wgsl);
        let kernels: Vec<Kernel> = differing.map(|(new, _)| new.kernel.clone()).collect();
        self.workspace.replace(&kernels)?;
        self.plan = plan;
        Ok(())
    }

    /// What compiling the kernels `names` took, each with its module.
    pub fn compiling(&self, names: &[&str]) -> Duration {
        names.iter().map(|name| self.workspace.compiling(name)).sum()
    }

    /// The adapter behind the device.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.workspace.gpu().adapter
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

    /// Lets the members of `job` live one episode each, in as many slots as there are: a slot that becomes free goes to the
    /// next member. `visit` hears of all episodes; with `want_terms`, of their terms too.
    ///
    /// `keep_going` is asked between submissions; once it says no, the rollout is given up and `false` comes back.
    pub fn rollout(
        &mut self,
        job: &Job,
        want_terms: bool,
        keep_going: &dyn Fn() -> bool,
        visit: &mut Visit,
    ) -> Result<bool, RunError> {
        let (params, mut batch) = self.begin(job)?;
        let mut flights: VecDeque<Flight> = VecDeque::new();
        self.pacing.restart();
        let mut recorded = 0;
        // steps after which every member has lived, as soon as that is known
        let mut end = (params.population == params.n_slots).then_some(job.episode_cap);
        loop {
            let left = end.map_or(usize::MAX, |end| end - recorded);
            let steps = self.pacing.steps(COMPACT_EVERY).min(left);
            recorded += steps;
            flights.push_back(self.submit_steps(batch, job, (steps, recorded), want_terms)?);
            while flights.len() >= IN_FLIGHT || (end == Some(recorded) && !flights.is_empty()) {
                let Some(flight) = flights.pop_front() else { break };
                let until = flight.until;
                let header = self.land(flight, visit)?;
                if header.living == 0 || (job.policy_only && end == Some(until)) {
                    self.resident = (params.population == params.n_slots).then_some(job.generation);
                    return Ok(true);
                }
                if header.next_member == params.population {
                    end = Some(end.unwrap_or(until + job.episode_cap).max(recorded));
                }
            }
            if end == Some(recorded) {
                end = Some(recorded + COMPACT_EVERY); // done, but there was no room for their records
            }
            if !keep_going() {
                return Ok(false);
            }
            batch = self.workspace.batch()?;
        }
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

    /// Hands over the parameters of `job`; the batch brings the first members to their slots, at their start.
    fn begin(&mut self, job: &Job) -> Result<(RunParams, Batch), RunError> {
        let params = self.params(job);
        self.workspace.write("run", &[params]);
        let mut batch = self.workspace.batch()?;
        self.workspace.dispatch_all(&mut batch, self.opening());
        Ok((params, batch))
    }

    fn record_steps(&self, batch: &mut Batch, job: &Job, steps: usize) {
        let passes = (1..=steps).flat_map(|step| self.step_passes(job, step, steps));
        let passes = passes.map(|(index, workgroups)| (self.plan.passes[index].kernel.name.as_str(), workgroups));
        self.workspace.dispatch_all(batch, passes);
    }

    /// Submits `batch` with `steps` more steps, up to step `until`; the list of ended episodes is the host's from here on.
    fn submit_steps(
        &mut self,
        mut batch: Batch,
        job: &Job,
        (steps, until): (usize, usize),
        want_terms: bool,
    ) -> Result<Flight, RunError> {
        self.record_steps(&mut batch, job, steps);
        let ended = self.workspace.read_back(&mut batch, "ended", u64::MAX - 3);
        let terms = want_terms.then(|| self.workspace.read_back(&mut batch, "ended_terms", u64::MAX - 3));
        self.workspace.clear_start(&mut batch, "ended", std::mem::size_of_val(&EndedHeader::default().count));
        let reads: Vec<&PendingRead> = std::iter::once(&ended).chain(&terms).collect();
        let submission = self.workspace.submit(batch, &reads);
        Ok(Flight { steps, until, submission, ended, terms })
    }

    /// Waits for a submission and hands over the episodes that ended in it.
    fn land(&mut self, flight: Flight, visit: &mut Visit) -> Result<EndedHeader, RunError> {
        let Flight { steps, submission, ended, terms, .. } = flight;
        self.workspace.wait_for(submission)?;
        self.pacing.completed(steps);
        let workspace = &self.workspace;
        let (header_words, n_terms) = (std::mem::size_of::<EndedHeader>() / 4, self.plan.task.terms().len());
        let mut take = |words: &[u32], terms: &[f32]| {
            let (header, records) = words.split_at(header_words);
            let header: EndedHeader = bytemuck::pod_read_unaligned(bytemuck::cast_slice(header));
            let count = header.count as usize;
            let records = bytemuck::cast_slice(records);
            visit(&records[..count], &terms[..terms.len().min(count * n_terms)]);
            header
        };
        let header = match terms {
            None => workspace.finish_with(ended, |words: &[u32]| take(words, &[])),
            Some(terms) => {
                workspace.finish_with(terms, |terms| workspace.finish_with(ended, |words| take(words, terms)))?
            }
        };
        Ok(header?)
    }

    fn params(&self, job: &Job) -> RunParams {
        let n_slots = self.plan.n_slots.min(job.population);
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
            n_moment_members: if job.evaluation { 0 } else { self.plan.n_moment_members as u32 },
            episode_cap: job.episode_cap as u32,
            random_actions: u32::from(job.physics_only),
            no_termination: u32::from(job.no_termination),
            // episodes of a network alone never end
            population: if job.policy_only { n_slots } else { job.population } as u32,
        }
    }

    /// The passes that open a rollout, which stand first in the plan.
    fn opening(&self) -> impl Iterator<Item = (&str, Workgroups)> {
        self.plan.passes.iter().filter_map(|pass| match pass.when {
            When::Start => {
                let groups = fold(self.plan.n_slots.div_ceil(64) as u32);
                Some((pass.kernel.name.as_str(), Workgroups::Direct(groups)))
            }
            When::Fresh(row) => Some((pass.kernel.name.as_str(), Workgroups::Indirect(row.offset()))),
            _ => None,
        })
    }

    /// The passes of step `step` of `steps` (from 1): position in the plan and workgroups.
    fn step_passes(&self, job: &Job, step: usize, steps: usize) -> Vec<(usize, Workgroups)> {
        let compact = step.is_multiple_of(COMPACT_EVERY) || step == steps;
        let refill = compact && job.population > self.plan.n_slots && !job.policy_only;
        let step = |when| match when {
            When::Step(Row::Network) if job.physics_only => None,
            When::Step(Row::Task) if job.policy_only => None,
            When::Step(row) => Some(Workgroups::Indirect(row.offset())),
            _ => None,
        };
        let compaction = |when| (compact && when == When::Compaction).then_some(Workgroups::Direct([1, 1, 1]));
        let fresh = |when| match when {
            When::Fresh(row) if refill => Some(Workgroups::Indirect(row.offset())),
            _ => None,
        };
        let phases: [&dyn Fn(When) -> Option<Workgroups>; 3] = [&step, &compaction, &fresh];
        let passes = || self.plan.passes.iter().enumerate();
        phases.into_iter().flat_map(|of| passes().filter_map(|(i, pass)| Some((i, of(pass.when)?)))).collect()
    }
}
