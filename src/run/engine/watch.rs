//! One member, one step at a time.

use super::{Engine, Job, Queue};
use crate::{
    plan::records::{EpisodeRecord, status},
    run::RunError,
};

/// A member between two steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Its episode so far.
    pub episode: EpisodeRecord,
    /// The body, in the task's own fields.
    pub state: Vec<f32>,
    /// Observation, not normalised, `[d_obs]`.
    pub obs: Vec<f32>,
    /// What led here, `[d_act]` in [-1, 1]; zeros at the start.
    pub action: Vec<f32>,
}

impl Engine<'_> {
    /// Lets `member` of `job` live alone, in a plan of one slot; returns the record of its episode.
    ///
    /// `watch` sees the start and every step. Thresholds and normaliser are those of [`Engine::prepare`].
    pub fn watch(
        &mut self,
        job: &Job,
        member: u32,
        watch: &mut dyn FnMut(&Watched),
    ) -> Result<EpisodeRecord, RunError> {
        let queue = Queue { first: vec![member], rest: member + 1..member + 1 };
        self.workspace.fill("action", 0);
        let (_, batch) = self.begin(job, &queue)?;
        self.workspace.submit(batch, &[]);
        loop {
            let seen = self.seen()?;
            watch(&seen);
            if seen.episode.status & status::DONE != 0 {
                return Ok(seen.episode);
            }
            let mut batch = self.workspace.batch()?;
            let passes = self.step_passes(job, (1, usize::MAX), false);
            let passes = passes.iter().map(|(index, groups)| (self.plan.passes[*index].kernel.name.as_str(), *groups));
            self.workspace.dispatch_all(&mut batch, passes);
            self.workspace.submit(batch, &[]);
        }
    }

    fn seen(&mut self) -> Result<Watched, RunError> {
        let episodes: Vec<EpisodeRecord> = self.workspace.read("episode")?;
        let mut first = |name: &str, count: usize| -> Result<Vec<f32>, RunError> {
            Ok(self.workspace.read_with(name, |values: &[f32]| values[..count].to_vec())?)
        };
        let task = &self.plan.task;
        let (fields, d_obs, d_act) = (task.state_fields(), task.d_obs(), task.d_act());
        Ok(Watched {
            episode: episodes[0],
            state: first("task_state", fields)?,
            obs: first("obs", d_obs)?,
            action: first("action", d_act)?,
        })
    }
}
