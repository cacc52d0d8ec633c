//! Checkpoints of arms that learn by themselves.

use std::path::Path;

use safetensors::Dtype;

use super::{
    FORMAT_VERSION,
    identity::identity,
    read::Checkpoint,
    seal,
    write::{Tensor, canonical},
};
use crate::{
    config::Config,
    files::atomic::write_atomically,
    run::{RunError, stop::Standing},
};

/// What arms have for a task's identifier.
pub const ARMS_TASK_ID: &str = "arm_balance@1";

/// Writes f32 tensors, `(name, shape, values)`, and how far the run is to `path`, whole or not at all.
///
/// Errors: the file cannot be written.
pub fn save_arms(
    path: &Path,
    config: &Config,
    standing: &Standing,
    tensors: &[(&str, [usize; 3], &[f32])],
) -> Result<(), RunError> {
    let tensor = |(name, shape, values): &(&str, [usize; 3], &[f32])| {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        ((*name).to_string(), Tensor { dtype: Dtype::F32, shape: shape.to_vec(), data })
    };
    let mut header = identity(config, ARMS_TASK_ID);
    header.insert("format_version".into(), FORMAT_VERSION.to_string());
    header.insert("crc32".into(), seal::UNSEALED.into());
    header.insert("generation".into(), standing.generation.to_string());
    header.insert("frames".into(), standing.frames.to_string());
    header.insert("best_eval".into(), standing.best_eval.map_or("none".into(), |best| best.to_string()));
    let written = safetensors::serialize(tensors.iter().map(tensor), Some(header));
    let mut file = canonical(written.map_err(|error| RunError::file(path, error))?);
    seal::seal(&mut file);
    Ok(write_atomically(path, &file)?)
}

impl Checkpoint {
    /// Returns how far the run was.
    ///
    /// Errors: a header entry that is missing or no number.
    pub fn standing(&self) -> Result<Standing, RunError> {
        Ok(Standing { generation: self.generation(), frames: self.frames(), best_eval: self.best_eval()? })
    }

    /// Returns a tensor of finite numbers.
    ///
    /// Errors: it is missing, of another shape, or holds something else.
    pub fn f32s(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, RunError> {
        let values = self.numbers(name, Dtype::F32, shape, f32::from_le_bytes)?;
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(values),
            Some(index) => Err(self.bad(format!("value {index} of tensor `{name}` is {}", values[index]))),
        }
    }
}
