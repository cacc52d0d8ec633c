//! Rollouts: members in, episodes out. Slots, compaction, submissions and read-backs stay inside.

use std::collections::VecDeque;

use crate::{
    gpu::{Batch, PendingRead, ReadRange, Submission, Workgroups},
    kernel::{
        buffers::BufferId,
        records::{EndedHeader, EpisodeRecord},
    },
    plan::{
        evolution::COMPACT_EVERY,
        pass::{DispatchRow, When},
    },
    run::{
        RunError,
        evolution::{
            engine::{Engine, Job, Queue},
            pacing::IN_FLIGHT,
        },
    },
};

/// Callback for ended episodes, in any order: records and their terms `[records][n_terms]`, empty unless asked for.
pub type Visit<'a> = dyn FnMut(&[EpisodeRecord], &[f32]) + 'a;

/// Submission in flight.
struct Flight {
    /// Number of steps in it.
    steps: usize,
    /// Number of steps of the rollout up to its end.
    until: usize,
    submission: Submission,
    ended: PendingRead,
    terms: Option<PendingRead>,
}

impl Engine<'_> {
    /// Runs the episodes of `queue`, one per slot; a slot that becomes free takes the next episode. `visit`
    /// receives all ended episodes, with their terms if `want_terms` is set.
    ///
    /// `keep_going` is asked between submissions. Once it returns false the rollout stops and returns `false`;
    /// `visit` has then received every episode that has ended.
    pub fn rollout(
        &mut self,
        job: &Job,
        mut queue: Queue,
        want_terms: bool,
        keep_going: &dyn Fn() -> bool,
        visit: &mut Visit,
    ) -> Result<bool, RunError> {
        while let Some(part) = queue.next_part(self.slots(job, &queue)) {
            if !self.roll(job, &part, want_terms, keep_going, visit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn roll(
        &mut self,
        job: &Job,
        queue: &Queue,
        want_terms: bool,
        keep_going: &dyn Fn() -> bool,
        visit: &mut Visit,
    ) -> Result<bool, RunError> {
        let (params, mut batch) = self.begin(job, queue)?;
        let refill = self.refills(job, queue);
        let mut flights: VecDeque<Flight> = VecDeque::new();
        self.pacing.restart();
        let mut recorded = 0;
        // number of steps after which all episodes are over, once it is known
        let mut end = (!refill).then_some(job.episode_cap);
        loop {
            let left = end.map_or(usize::MAX, |end| end - recorded);
            let steps = self.pacing.steps(COMPACT_EVERY).min(left);
            recorded += steps;
            flights.push_back(self.submit_steps(batch, job, (steps, recorded), (refill, want_terms))?);
            let stopped = !keep_going();
            while flights.len() >= IN_FLIGHT || ((stopped || end == Some(recorded)) && !flights.is_empty()) {
                let Some(flight) = flights.pop_front() else { break };
                let until = flight.until;
                let header = self.land(flight, visit)?;
                if header.living == 0 || (job.policy_only && end == Some(until)) {
                    // a queue of a few members, the first among them, leaves those alone
                    let holds_all = params.n_slots as usize == job.lives() && *queue == Queue::whole(job.lives());
                    self.resident = holds_all.then_some(job.generation);
                    return Ok(true);
                }
                if header.next_life == params.population {
                    end = Some(end.unwrap_or(until + job.episode_cap).max(recorded));
                }
            }
            if stopped {
                return Ok(false);
            }
            if end == Some(recorded) {
                end = Some(recorded + COMPACT_EVERY); // done, but there was no room for their records
            }
            batch = self.workspace.batch()?;
        }
    }

    /// Submits `batch` with `steps` more steps, up to step `until`, then reads the list of ended episodes back and
    /// clears it.
    fn submit_steps(
        &mut self,
        mut batch: Batch,
        job: &Job,
        (steps, until): (usize, usize),
        (refill, want_terms): (bool, bool),
    ) -> Result<Flight, RunError> {
        self.record_steps(&mut batch, job, steps, refill);
        let ended = self.workspace.read_back(&mut batch, BufferId::Ended, ReadRange::All);
        let terms = want_terms.then(|| self.workspace.read_back(&mut batch, BufferId::EndedTerms, ReadRange::All));
        self.workspace.clear_start(&mut batch, BufferId::Ended, std::mem::size_of_val(&EndedHeader::default().count));
        let reads: Vec<&PendingRead> = std::iter::once(&ended).chain(&terms).collect();
        let submission = self.workspace.submit(batch, &reads);
        Ok(Flight { steps, until, submission, ended, terms })
    }

    /// Waits for a submission and passes the episodes that ended in it to `visit`.
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

    /// Returns the passes of step `step` of `steps` (from 1) as positions in the plan and workgroups. `refill` is
    /// set if episodes wait for slots.
    pub(super) fn step_passes(
        &self,
        job: &Job,
        (step, steps): (usize, usize),
        refill: bool,
    ) -> Vec<(usize, Workgroups)> {
        let compact = step.is_multiple_of(COMPACT_EVERY) || step == steps;
        let step = |when| match when {
            When::Step(DispatchRow::Network) if job.physics_only => None,
            When::Step(DispatchRow::Task) if job.policy_only => None,
            When::Step(row) => Some(Workgroups::Indirect(row.offset())),
            _ => None,
        };
        let compaction = |when| (compact && when == When::Compaction).then_some(Workgroups::Direct([1, 1, 1]));
        let fresh = |when| match when {
            When::Fresh(row) if refill && compact => Some(Workgroups::Indirect(row.offset())),
            _ => None,
        };
        let phases: [&dyn Fn(When) -> Option<Workgroups>; 3] = [&step, &compaction, &fresh];
        let passes = || self.plan.passes.iter().enumerate();
        phases.into_iter().flat_map(|of| passes().filter_map(|(i, pass)| Some((i, of(pass.when)?)))).collect()
    }
}
