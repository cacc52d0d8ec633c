//! Trained networks that come with the program: `hopper@best` is the deterministic network of our best run of `hopper`,
//! as a checkpoint whose connection probabilities are 0 or 1. Each is a zip file with one entry,
//! `assets/brains/NAME.zip`.

use std::{
    io::{Cursor, Read, Write},
    path::Path,
};

use include_dir::{Dir, include_dir};
use zip::{ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

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

static BRAINS: Dir = include_dir!("$CARGO_MANIFEST_DIR/assets/brains");

/// What a name ends in.
const SUFFIX: &str = "@best";

/// Most bytes of one, unpacked: the largest network of the tasks has a tenth of it.
const LONGEST: u64 = 64 << 20;

/// Returns the names of all, in order: `hopper@best`.
pub fn names() -> Vec<String> {
    let stem = |file: &include_dir::File| Some(format!("{}{SUFFIX}", file.path().to_str()?.strip_suffix(".zip")?));
    let mut names: Vec<String> = BRAINS.files().filter_map(stem).collect();
    names.sort();
    names
}

/// Returns where one comes from, in a few words.
///
/// Errors: its file is damaged (a bug).
pub fn origin(name: &str) -> Result<String, RunError> {
    let read = Checkpoint::read(Path::new(name))?;
    Ok(format!("the best network of seed {} up to {:.1} M frames", read.seed()?, read.frames() as f64 / 1e6))
}

/// Returns whether `path` is written as the name of one.
pub fn is_name(path: &Path) -> bool {
    path.to_str().is_some_and(|name| name.ends_with(SUFFIX)) && !path.exists()
}

/// Returns the checkpoint file of the name `path`.
///
/// Errors: there is none of this name.
pub fn named(path: &Path) -> Result<Vec<u8>, RunError> {
    let name = path.to_str().unwrap_or_default();
    let file = BRAINS.get_file(format!("{}.zip", name.trim_end_matches(SUFFIX)));
    let file = file.ok_or_else(|| {
        let names = names();
        let meant = config::did_you_mean(name, names.iter().map(String::as_str));
        let hint = meant.map_or(format!("there are {}", names.join(", ")), |meant| format!("did you mean {meant}?"));
        RunError::Refused(format!("there is no trained network {name}: {hint}"))
    })?;
    unpack(file.contents()).map_err(|error| RunError::checkpoint(path, format!("it is damaged: {error}")))
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(packed))?;
    let mut bytes = vec![];
    archive.by_index(0)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes the deterministic network of an EC checkpoint to `out`, a zip file, with the task that evaluations take,
/// changed by `sets`.
///
/// Errors: no checkpoint of EC; `out` cannot be written.
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
    // no time of writing: the same network is the same bytes
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default()).compression_level(Some(9));
    archive.start_file("network.safetensors", options)?;
    archive.write_all(file)?;
    Ok(archive.finish()?.into_inner())
}
