//! Export of trained networks that the program is to carry (`gpu-ec generate brain`), and the origin of those that it
//! carries.

use std::{
    io::{Cursor, Write},
    path::Path,
};

use zip::{ZipWriter, result::ZipError, write::SimpleFileOptions};

use crate::{
    algorithms::optimizer::Optimizer,
    config,
    files::atomic::write_atomically,
    kernel::device::DeviceTraits,
    plan::Plan,
    run::{
        RunError,
        checkpoint::{Checkpoint, encode},
        evolution::evaluate::config_of_checkpoint,
    },
};

/// Returns the origin of a trained network in a few words.
///
/// Errors: its file is damaged (a bug).
pub fn origin(name: &str) -> Result<String, RunError> {
    let read = Checkpoint::read(Path::new(name))?;
    Ok(format!("the best network of seed {} up to {:.1} M frames", read.seed()?, read.frames() as f64 / 1e6))
}

/// Writes the deterministic network of an EC checkpoint to `out`, a zip file. Its task is that of evaluations,
/// changed by `sets`.
///
/// Errors: a checkpoint that is not of EC; `out` cannot be written.
pub fn keep(checkpoint: &Path, out: &Path, sets: &[String]) -> Result<(), RunError> {
    let mut config = config::load(config_of_checkpoint(checkpoint)?, sets)?;
    let plan = Plan::new(&config, DeviceTraits::default())?;
    let read = Checkpoint::read(checkpoint)?;
    let mut state = read.learnt(&config, &plan)?;
    if !plan.algorithm.symbol().probability {
        return Err(RunError::Refused(format!("{}: only networks of EC are kept", checkpoint.display())));
    }
    for rho in &mut state.learner.params {
        *rho = if *rho > 0.5 { 1.0 } else { 0.0 };
    }
    state.learner.optimizer = Optimizer::Sgd;
    (state.generation, state.frames) = (read.generation(), read.frames());
    config.task = config.for_evaluation().task;
    config.evaluation.task = None;
    config.phases.clear();
    let file = encode(&config, &plan, &state, None).map_err(|error| RunError::file(checkpoint, error))?;
    let packed = pack(&file).map_err(|error| RunError::file(out, error))?;
    Ok(write_atomically(out, &packed)?)
}

fn pack(file: &[u8]) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    // no modification time, so that the same network always gives the same bytes
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default()).compression_level(Some(9));
    archive.start_file("network.safetensors", options)?;
    archive.write_all(file)?;
    Ok(archive.finish()?.into_inner())
}
