//! The plan of learners of action values: one kernel that lets them live and learn, and one that judges them.

use super::PlanError;
use crate::{
    algorithms::q_learning::{self, QEntry, QLearning, QTensor},
    config::Config,
    kernel::{
        buffers::BufferId,
        device::DeviceTraits,
        entry::Kernel,
        q_records::{QLearner, QProgress, QRun},
    },
    tasks::{self, Task},
};

/// All that a run of learners fixes before it touches a device.
pub struct QPlan {
    /// Way in which they learn.
    pub learning: Box<dyn QLearning>,
    /// The learners.
    pub entries: Vec<QEntry>,
    /// Kernel `q.learn`.
    pub learn: Kernel,
    /// Kernel `q.judge`.
    pub judge: Kernel,
    /// What goes on from generation to generation, besides the progress.
    pub tensors: Vec<QTensor>,
    /// Buffers with their sizes in bytes.
    pub buffers: Vec<(BufferId, u64)>,
    /// Greedy episodes per learner in an evaluation.
    pub starts: usize,
    /// Task of all learners.
    pub task: Box<dyn Task>,
}

impl QPlan {
    /// Plans `config`, which asks for learners, for a device.
    ///
    /// Errors: another algorithm; shaders that do not compose; more learners than the device can hold.
    pub fn new(config: &Config, device: DeviceTraits) -> Result<Self, PlanError> {
        let no_learners = || PlanError::Refused(format!("{} has no learners", config.algorithm.name()));
        let learning = q_learning::learners(config).ok_or_else(no_learners)?;
        let lanes = if device.software { 8 } else { 64 };
        let learn = learning.kernel(lanes)?;
        let judge = learning.judge_kernel(lanes)?;
        let (entries, tensors) = (learning.entries(), learning.tensors());
        let starts = config.evaluation.episodes as usize;
        let task = tasks::build(&config.task)?;
        let mut plan = Self { learning, entries, learn, judge, tensors, buffers: vec![], starts, task };
        plan.buffers = plan.list_buffers();
        plan.refuse_what_does_not_fit(device)?;
        Ok(plan)
    }

    /// Returns the learner with the most parameters; there is one at least.
    pub fn widest(&self) -> QEntry {
        self.entries.iter().copied().max_by_key(|entry| entry.width).expect("lists are not empty")
    }

    /// Returns the buffers of `q.judge`, with their sizes in bytes.
    pub fn judge_buffers(&self) -> [(BufferId, u64); 4] {
        let learners = self.entries.len();
        [
            (BufferId::QRun, size_of::<QRun>() as u64),
            (BufferId::QLearner, (size_of::<QLearner>() * learners) as u64),
            (BufferId::QNets, 4 * (self.learning.network_words() * learners) as u64),
            (BufferId::QJudged, 4 * (self.starts * learners) as u64),
        ]
    }

    fn list_buffers(&self) -> Vec<(BufferId, u64)> {
        let learners = self.entries.len();
        let mut buffers = vec![
            (BufferId::QRun, size_of::<QRun>() as u64),
            (BufferId::QLearner, (size_of::<QLearner>() * learners) as u64),
            (BufferId::QProgress, (size_of::<QProgress>() * learners) as u64),
        ];
        buffers.extend(self.tensors.iter().map(|tensor| (tensor.id, 4 * tensor.words as u64)));
        buffers
    }

    fn refuse_what_does_not_fit(&self, device: DeviceTraits) -> Result<(), PlanError> {
        let limit = device.max_binding_bytes;
        let Some((name, bytes)) = self.buffers.iter().find(|(_, bytes)| *bytes > limit) else { return Ok(()) };
        let learners = self.entries.len();
        Err(PlanError::TooManyLearners {
            name: name.name().into(),
            bytes: *bytes,
            limit,
            learners,
            fits: (learners as u128 * u128::from(limit) / u128::from(*bytes)) as usize,
        })
    }
}
