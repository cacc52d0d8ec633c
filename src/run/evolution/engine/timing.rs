//! Timing of single passes: the first dispatch of each, a profile of all, and the fastest of a few for tuning.

use std::time::{Duration, Instant};

use crate::{
    gpu::Workgroups,
    kernel::{buffers::BufferId, entry::PassId, records::EpisodeRecord},
    plan::{Plan, pass::When},
    run::{
        RunError,
        evolution::engine::{Engine, Job, Queue},
    },
};

/// Number of steps before a per-step pass is timed. Networks start silent, and the cost of a step depends on their
/// spikes.
const SETTLING: usize = 8;

impl Engine<'_> {
    /// Runs every kernel once on a member or two, because drivers generate code at the first dispatch.
    pub fn warm_up(&mut self) -> Result<(), RunError> {
        let job = Job { evaluation: true, ..Job::training(0, 2, 1) };
        for (kernel, seconds) in self.profile(&job)? {
            tracing::debug!("first dispatch of {kernel}: {seconds:.3} s");
        }
        self.workspace.gpu().keep_pipelines();
        Ok(())
    }

    /// Returns the seconds of one dispatch of pass `id` over the slots of `job`, with networks firing as in an
    /// episode. After an untimed dispatch it is the fastest of up to `repetitions`, which end after `limit`.
    pub fn fastest(&mut self, job: &Job, id: PassId, (repetitions, limit): (usize, Duration)) -> Result<f64, RunError> {
        let places = self.plan.n_places;
        let when = self.plan.passes.iter().find(|pass| pass.kernel.id == id).map(|pass| pass.when);
        let workgroups = match when {
            Some(When::Fresh(row) | When::Step(row)) => Workgroups::Indirect(row.offset()),
            Some(When::Tell) => {
                let (algorithm, Plan { genome, algorithm_launch, .. }) = (self.plan.evolution()?, &self.plan);
                let mut passes =
                    algorithm.tell_passes(genome, algorithm_launch, algorithm.block(places), false).into_iter();
                let groups = passes.find(|(pass, _)| *pass == id).map_or([1, 1, 1], |(_, groups)| groups);
                Workgroups::Direct(groups)
            }
            _ => Workgroups::Direct([1, 1, 1]),
        };
        let (_, mut batch) = self.begin(job, &Queue::whole(job.lives()))?; // the workgroup counts are those of the variant
        if matches!(when, Some(When::Step(_))) {
            self.record_steps(&mut batch, job, SETTLING, false);
        }
        self.workspace.submit(batch, &[]);
        let mut once = || -> Result<f64, RunError> {
            let mut entry = (id, 0.0);
            self.timed(&mut entry, workgroups)?;
            Ok(entry.1)
        };
        once()?; // drivers generate code at the first dispatch
        let started = Instant::now();
        let mut fastest = once()?;
        for _ in 1..repetitions {
            if started.elapsed() > limit {
                break;
            }
            fastest = fastest.min(once()?);
        }
        Ok(fastest)
    }

    /// Returns the seconds of every pass during the first episodes of `job`, waiting for each dispatch.
    pub fn profile(&mut self, job: &Job) -> Result<Vec<(PassId, f64)>, RunError> {
        let queue = Queue::whole(job.lives());
        let params = self.hand_over(job, &queue);
        let mut seconds: Vec<(PassId, f64)> = self.plan.passes.iter().map(|pass| (pass.kernel.id, 0.0)).collect();
        let opening: Vec<(PassId, Workgroups)> = self.opening().collect();
        for (entry, (_, workgroups)) in seconds.iter_mut().zip(opening) {
            self.timed(entry, workgroups)?;
        }
        for step in 1..=job.episode_cap {
            for (index, workgroups) in self.step_passes(job, (step, job.episode_cap), self.refills(job, &queue)) {
                self.timed(&mut seconds[index], workgroups)?;
            }
        }
        if self.plan.evolution().is_err() {
            return Ok(seconds);
        }
        self.resident = (params.population == params.n_slots).then_some(job.generation);
        let (utilities, mut total) = (vec![0; job.population], vec![]);
        let started = Instant::now();
        self.gradient(job.generation, &utilities, &|| true, &mut total)?;
        if let Some(gradient) = seconds.last_mut() {
            gradient.1 = started.elapsed().as_secs_f64();
        }
        Ok(seconds)
    }

    /// Returns the records of the first `lives` slots, as [`Self::profile`] left them.
    pub fn records(&mut self, lives: usize) -> Result<Vec<EpisodeRecord>, RunError> {
        Ok(self.workspace.read_with(BufferId::Episode, |records: &[EpisodeRecord]| records[..lives].to_vec())?)
    }

    fn timed(&mut self, entry: &mut (PassId, f64), workgroups: Workgroups) -> Result<(), RunError> {
        entry.1 += self.workspace.timed((entry.0, workgroups))?;
        Ok(())
    }
}
