//! Device side of learners: their state in, a generation, their state out.

use super::state::QState;
use crate::{
    gpu::{Gpu, Workspace, fold},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        q_records::{QProgress, QRun},
        random::Key,
    },
    plan::q_learners::QPlan,
    run::{RunError, evolution::pacing::Pacing, stop::Standing},
};

/// Plan of learners on a device.
pub struct QEngine<'gpu> {
    /// Plan in use.
    pub plan: QPlan,
    /// Key of the starts of greedy episodes.
    key_judge: Key,
    workspace: Workspace<'gpu>,
    pacing: Pacing,
}

impl<'gpu> QEngine<'gpu> {
    /// Compiles the kernel of `plan` and allocates its buffers.
    pub fn new(gpu: &'gpu Gpu, plan: QPlan, key_judge: Key, submission_ms: u32) -> Result<Self, RunError> {
        let workspace = Workspace::with(gpu, std::slice::from_ref(&plan.learn), plan.buffers.iter().copied())?;
        workspace.write(BufferId::QLearner, &plan.learning.records());
        Ok(Self { plan, key_judge, workspace, pacing: Pacing::new(submission_ms) })
    }

    /// Returns the size of all buffers on the device, bytes.
    pub fn device_bytes(&self) -> u64 {
        self.workspace.bytes()
    }

    /// Brings `state` to the device.
    pub fn upload(&self, state: &QState) {
        self.workspace.write(BufferId::QProgress, &state.progress);
        for (tensor, words) in self.plan.tensors.iter().zip(&state.tensors) {
            self.workspace.write(tensor.id, words);
        }
    }

    /// Reads the state back, with the given standing.
    pub fn download(&mut self, standing: Standing) -> Result<QState, RunError> {
        let progress = self.progress()?;
        let mut tensors = vec![];
        for tensor in &self.plan.tensors {
            tensors.push(self.workspace.read_with(tensor.id, |read: &[u32]| read[..tensor.words].to_vec())?);
        }
        Ok(QState { standing, progress, tensors })
    }

    /// Runs the kernel once, because drivers compile at the first dispatch; `state` stays as it is.
    pub fn warm_up(&mut self, state: &QState) -> Result<(), RunError> {
        let once = QRun { steps: 1, ..self.whole(0) };
        run(&mut self.workspace, PassId::QLearn, once, 1)?;
        self.upload(state);
        self.workspace.gpu().keep_pipelines();
        Ok(())
    }

    /// Lets all learners live through `generation`; false if `keep_going` returned false.
    pub fn live(&mut self, generation: u32, keep_going: &dyn Fn() -> bool) -> Result<bool, RunError> {
        let chunk = self.plan.learning.chunk();
        let mut run = QRun { opens: 1, steps: chunk.unwrap_or(1), ..self.whole(generation) };
        loop {
            if !over_all(&mut self.workspace, &mut self.pacing, PassId::QLearn, run, keep_going)? {
                return Ok(false);
            }
            if chunk.is_none() || self.progress()?.iter().all(|learner| learner.over == 1) {
                return Ok(true);
            }
            run.opens = 0;
        }
    }

    /// Returns the progress of all learners.
    pub fn progress(&mut self) -> Result<Vec<QProgress>, RunError> {
        let mut progress: Vec<QProgress> = self.workspace.read(BufferId::QProgress)?;
        progress.truncate(self.plan.entries.len());
        Ok(progress)
    }

    fn whole(&self, generation: u32) -> QRun {
        let learners = self.plan.entries.len() as u32;
        QRun { learners, generation, key_judge: self.key_judge, ..QRun::default() }
    }
}

/// Runs `pass` for all learners of `parameters`, some at a time, in submissions of the pace's length; false if
/// `keep_going` returned false.
pub(super) fn over_all(
    workspace: &mut Workspace,
    pacing: &mut Pacing,
    pass: PassId,
    parameters: QRun,
    keep_going: &dyn Fn() -> bool,
) -> Result<bool, RunError> {
    workspace.wait()?;
    pacing.restart();
    let mut first = 0;
    while first < parameters.learners {
        if !keep_going() {
            return Ok(false);
        }
        let some = (pacing.steps(1) as u32).min(parameters.learners - first);
        run(workspace, pass, QRun { first, ..parameters }, some)?;
        pacing.completed(some as usize);
        first += some;
    }
    Ok(true)
}

/// Runs `pass` for so many learners and waits.
fn run(workspace: &mut Workspace, pass: PassId, parameters: QRun, learners: u32) -> Result<(), RunError> {
    workspace.write(BufferId::QRun, &[QRun { learners: parameters.first + learners, ..parameters }]);
    workspace.dispatch(pass, fold(learners))?;
    Ok(workspace.wait()?)
}
