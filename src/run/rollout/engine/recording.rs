//! Rollout in memory.

use super::RolloutEngine;
use crate::{
    gpu::{Gpu, ReadRange, Workgroups},
    kernel::{buffers::BufferId, entry::PassId, records::status},
    plan::rollout::{Record, RecordPart},
    run::{RunError, rollout::Request},
};

/// Steps of a rollout. Moment 0 is the start, moment `t` what is there after step `t`, from 1.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Number of rows.
    pub rows: usize,
    layout: Record,
    /// One record per moment.
    records: Vec<Vec<u32>>,
}

/// Rolls out `request`, a task, in memory.
///
/// Errors: more rows than the device can bind; the device.
pub fn record(gpu: &Gpu, request: Request) -> Result<Recording, RunError> {
    let plan = request.plan(gpu.adapter.traits())?;
    let (rows, layout) = (plan.rows, plan.record);
    let mut engine = RolloutEngine::new(gpu, plan, request)?;
    engine.open()?;
    let mut records = vec![engine.now()?];
    let mut take = |record: &[u32]| {
        records.push(record.to_vec());
        Ok(())
    };
    engine.run(&mut take, &|| true, &mut |_| ())?;
    Ok(Recording { rows, layout, records })
}

impl RolloutEngine<'_> {
    /// Returns the record of what is there.
    fn now(&mut self) -> Result<Vec<u32>, RunError> {
        let mut batch = self.workspace.batch()?;
        self.workspace.dispatch_all(&mut batch, [(PassId::Motion, Workgroups::over(self.plan.rows, 1))]);
        let record = self.workspace.read_back(&mut batch, BufferId::Motion, ReadRange::All);
        self.workspace.submit(batch, &[&record]);
        Ok(self.workspace.finish(record)?)
    }
}

impl Recording {
    /// Returns the number of steps.
    pub fn steps(&self) -> usize {
        self.records.len() - 1
    }

    fn part(&self, moment: usize, row: usize, part: RecordPart) -> Vec<f32> {
        let words = &self.records[moment][part.at + row * part.width..][..part.width];
        words.iter().map(|word| f32::from_bits(*word)).collect()
    }

    /// Returns the positions: fields of the task's state.
    pub fn qpos(&self, moment: usize, row: usize) -> Vec<f32> {
        self.part(moment, row, self.layout.qpos)
    }

    /// Returns the observation.
    pub fn obs(&self, moment: usize, row: usize) -> Vec<f32> {
        self.part(moment, row, self.layout.obs)
    }

    /// Returns the controls of step `step`, from 0.
    pub fn controls(&self, step: usize, row: usize) -> Vec<f32> {
        self.part(step + 1, row, self.layout.control)
    }

    /// Returns the reward of step `step`, from 0.
    pub fn reward(&self, step: usize, row: usize) -> f32 {
        self.part(step + 1, row, self.layout.reward)[0]
    }

    /// Returns the number of steps of a row's first episode.
    pub fn length(&self, row: usize) -> usize {
        let is_done = |step: &usize| self.records[step + 1][self.layout.status.at + row] & status::DONE != 0;
        (0..self.steps()).find(is_done).map_or(self.steps(), |step| step + 1)
    }

    /// Returns the sum of the rewards of a row's first episode.
    pub fn return_of(&self, row: usize) -> f64 {
        f64::from((0..self.length(row)).fold(0.0_f32, |sum, step| sum + self.reward(step, row)))
    }

    /// Returns the mean over rows of the returns of their first episodes.
    pub fn mean_return(&self) -> f64 {
        (0..self.rows).map(|row| self.return_of(row)).sum::<f64>() / self.rows as f64
    }
}
