//! State of learners, and their checkpoints: every buffer that goes on, word for word.

use std::path::Path;

use safetensors::Dtype;

use crate::{
    algorithms::q_learning::QTensor,
    config::Config,
    kernel::q_records::QProgress,
    plan::q_learners::QPlan,
    run::{
        RunError,
        checkpoint::{Checkpoint, save_learners, words},
        stop::Standing,
    },
};

/// Words of a learner's progress.
const PROGRESS_WORDS: usize = size_of::<QProgress>() / 4;

/// State that changes from generation to generation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QState {
    /// Generations, frames and best evaluation so far.
    pub standing: Standing,
    /// Progress of each learner.
    pub progress: Vec<QProgress>,
    /// Words of the plan's tensors, in their order.
    pub tensors: Vec<Vec<u32>>,
}

impl QState {
    /// Returns the state before the first generation.
    pub fn new(plan: &QPlan) -> Self {
        let begin = QProgress { bias1: 1.0, bias2: 1.0, ..QProgress::default() };
        Self {
            standing: Standing::default(),
            progress: vec![begin; plan.entries.len()],
            tensors: plan.tensors.iter().map(|tensor| plan.learning.initial(tensor)).collect(),
        }
    }

    /// Returns the words of a tensor of `plan`.
    pub fn tensor(&self, plan: &QPlan, name: &str) -> Option<&[u32]> {
        let at = plan.tensors.iter().position(|tensor| tensor.name == name)?;
        Some(&self.tensors[at])
    }

    /// Writes the state to `path` atomically.
    ///
    /// Errors: the file cannot be written.
    pub fn save(&self, path: &Path, config: &Config, plan: &QPlan) -> Result<(), RunError> {
        let dtype = |tensor: &QTensor| if tensor.whole { Dtype::U32 } else { Dtype::F32 };
        let tensor =
            |(tensor, values): (&QTensor, &Vec<u32>)| words(tensor.name, dtype(tensor), &[values.len()], values);
        let mut tensors: Vec<_> = plan.tensors.iter().zip(&self.tensors).map(tensor).collect();
        tensors.push(words("progress", Dtype::U32, &[self.progress.len(), PROGRESS_WORDS], &self.progress));
        save_learners(path, config, plan.task.id(), &self.standing, tensors)
    }
}

/// Returns the state in a checkpoint of a run with the same learners.
///
/// Errors: a checkpoint of another run, or one with values that no run writes.
pub fn read(checkpoint: &Checkpoint, config: &Config, plan: &QPlan) -> Result<QState, RunError> {
    checkpoint.refuse_others(config, plan.task.id())?;
    let words = |tensor: &QTensor| -> Result<Vec<u32>, RunError> {
        match tensor.whole {
            true => checkpoint.u32s(tensor.name, &[tensor.words]),
            false => Ok(bytemuck::cast_vec(checkpoint.f32s(tensor.name, &[tensor.words])?)),
        }
    };
    let progress = checkpoint.u32s("progress", &[plan.entries.len(), PROGRESS_WORDS])?;
    Ok(QState {
        standing: checkpoint.standing()?,
        progress: bytemuck::pod_collect_to_vec(&progress),
        tensors: plan.tensors.iter().map(words).collect::<Result<_, _>>()?,
    })
}
