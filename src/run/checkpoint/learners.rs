//! Checkpoints of independent learners.

use std::path::Path;

use safetensors::Dtype;

use super::{
    FORMAT_VERSION,
    identity::identity,
    read::Checkpoint,
    seal,
    write::{Tensors, canonical, words},
};
use crate::{
    config::Config,
    files::atomic::write_atomically,
    run::{RunError, stop::Standing},
};

/// Task identifier in checkpoints of arms.
pub const ARMS_TASK_ID: &str = "arm_balance@1";

/// Writes f32 tensors of arms, `(name, shape, values)`, and the progress of the run to `path` atomically.
///
/// Errors: the file cannot be written.
pub fn save_arms(
    path: &Path,
    config: &Config,
    standing: &Standing,
    tensors: &[(&str, [usize; 3], &[f32])],
) -> Result<(), RunError> {
    let tensor = |(name, shape, values): &(&str, [usize; 3], &[f32])| words(name, Dtype::F32, shape.as_slice(), values);
    save_learners(path, config, ARMS_TASK_ID, standing, tensors.iter().map(tensor).collect())
}

/// Writes `tensors` and the progress of a run on the task `task_id` to `path` atomically.
///
/// Errors: the file cannot be written.
pub(in crate::run) fn save_learners(
    path: &Path,
    config: &Config,
    task_id: &str,
    standing: &Standing,
    tensors: Tensors,
) -> Result<(), RunError> {
    let mut header = identity(config, task_id);
    header.insert("format_version".into(), FORMAT_VERSION.to_string());
    header.insert("crc32".into(), seal::UNSEALED.into());
    header.insert("generation".into(), standing.generation.to_string());
    header.insert("frames".into(), standing.frames.to_string());
    header.insert("best_eval".into(), standing.best_eval.map_or("none".into(), |best| best.to_string()));
    let written = safetensors::serialize(tensors, Some(header));
    let mut file = canonical(written.map_err(|error| RunError::file(path, error))?);
    seal::seal(&mut file);
    Ok(write_atomically(path, &file)?)
}

impl Checkpoint {
    /// Returns the progress of the run.
    ///
    /// Errors: a header entry that is missing or not a number.
    pub fn standing(&self) -> Result<Standing, RunError> {
        Ok(Standing { generation: self.generation(), frames: self.frames(), best_eval: self.best_eval()? })
    }

    /// Returns an f32 tensor, all of whose values are finite.
    ///
    /// Errors: a tensor that is missing, has another shape or type, or holds a non-finite value.
    pub fn f32s(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, RunError> {
        let values = self.numbers(name, Dtype::F32, shape, f32::from_le_bytes)?;
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(values),
            Some(index) => Err(self.bad(format!("value {index} of tensor `{name}` is {}", values[index]))),
        }
    }

    /// Returns a tensor of u32.
    ///
    /// Errors: a tensor that is missing or has another shape or type.
    pub fn u32s(&self, name: &str, shape: &[usize]) -> Result<Vec<u32>, RunError> {
        self.numbers(name, Dtype::U32, shape, u32::from_le_bytes)
    }
}
