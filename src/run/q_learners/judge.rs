//! Greedy episodes of learners' networks.

use super::{engine::over_all, state::QState};
use crate::{
    gpu::{Gpu, Workspace},
    kernel::{buffers::BufferId, entry::PassId, q_records::QRun, random::Key},
    plan::q_learners::QPlan,
    run::{RunError, evolution::pacing::Pacing},
};

/// Kernel `q.judge` on a device, with room for a network of each learner.
pub struct Judge<'gpu> {
    learners: u32,
    starts: usize,
    workspace: Workspace<'gpu>,
    pacing: Pacing,
}

impl<'gpu> Judge<'gpu> {
    /// Compiles the kernel for the learners of `plan`, and runs it once, because drivers compile at the first dispatch.
    pub fn new(gpu: &'gpu Gpu, plan: &QPlan, submission_ms: u32) -> Result<Self, RunError> {
        let learners = plan.entries.len();
        let mut workspace = Workspace::with(gpu, std::slice::from_ref(&plan.judge), plan.judge_buffers())?;
        workspace.write(BufferId::QLearner, &plan.learning.records());
        workspace.write(BufferId::QRun, &[QRun { learners: 0, ..QRun::default() }]);
        workspace.dispatch(PassId::QJudge, [1, 1, 1])?;
        workspace.wait()?;
        Ok(Self { learners: learners as u32, starts: plan.starts, workspace, pacing: Pacing::new(submission_ms) })
    }

    /// Returns the size of all buffers on the device, bytes.
    pub fn device_bytes(&self) -> u64 {
        self.workspace.bytes()
    }

    /// Plays greedy episodes by `networks`, `[learners][words]`, from the starts of `key`: frames `[learners][starts]`;
    /// `None` if `keep_going` returned false.
    pub fn play(
        &mut self,
        networks: &[f32],
        key: Key,
        keep_going: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<u32>>, RunError> {
        self.workspace.write(BufferId::QNets, networks);
        let run = QRun { learners: self.learners, key_judge: key, ..QRun::default() };
        if !over_all(&mut self.workspace, &mut self.pacing, PassId::QJudge, run, keep_going)? {
            return Ok(None);
        }
        let mut frames: Vec<u32> = self.workspace.read(BufferId::QJudged)?;
        frames.truncate(self.learners as usize * self.starts);
        Ok(Some(frames))
    }
}

/// Returns the newest networks of all learners, `[learners][words]`.
pub fn networks(plan: &QPlan, state: &QState) -> Vec<f32> {
    plan.learning.networks(&state.tensors, state.standing.generation).remove(0).1
}
