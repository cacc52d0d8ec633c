//! State of a batch and its checkpoints, in the file format of all runs: weights and their momentum, F32 `[arms,
//! neurons, 2]`.

use std::path::Path;

use crate::{
    config::Config,
    report::RunDir,
    run::{
        RunError,
        arms::Learnt,
        checkpoint::{ARMS_TASK_ID, Checkpoint, save_arms},
        newest,
        stop::Standing,
    },
};

/// State that changes from iteration to iteration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArmState {
    /// Iterations, frames and best evaluation so far.
    pub standing: Standing,
    /// Readout weights and their momentum.
    pub learnt: Learnt,
}

/// Writes `state` to `path` atomically.
///
/// Errors: the file cannot be written.
pub fn save(path: &Path, config: &Config, state: &ArmState) -> Result<(), RunError> {
    let arms = config.algorithm.population() as usize;
    let tensors = [("readout.weights", &state.learnt.weights), ("readout.momentum", &state.learnt.momentum)];
    let tensors = tensors.map(|(name, values)| (name, [arms, values.len() / arms, 2], values.as_flattened()));
    save_arms(path, config, &state.standing, &tensors)
}

/// Returns the state in a checkpoint of a run with the same arms and `neurons` neurons.
///
/// Errors: a checkpoint of another run, or one with values that no run writes.
pub fn read(checkpoint: &Checkpoint, config: &Config, neurons: usize) -> Result<ArmState, RunError> {
    checkpoint.refuse_others(config, ARMS_TASK_ID)?;
    let shape = [config.algorithm.population() as usize, neurons, 2];
    let pairs = |name: &str| -> Result<Vec<[f32; 2]>, RunError> {
        Ok(checkpoint.f32s(name, &shape)?.as_chunks::<2>().0.to_vec())
    };
    let learnt = Learnt { weights: pairs("readout.weights")?, momentum: pairs("readout.momentum")? };
    Ok(ArmState { standing: checkpoint.standing()?, learnt })
}

/// Returns the newest checkpoint of a run directory, if there is one.
///
/// Errors: the same as for the newest checkpoint of any run.
pub fn newest(dir: &RunDir, config: &Config, neurons: usize) -> Result<Option<ArmState>, RunError> {
    newest::newest(dir, |checkpoint| {
        checkpoint.refuse_other_config(config, ARMS_TASK_ID)?;
        read(checkpoint, config, neurons)
    })
}
