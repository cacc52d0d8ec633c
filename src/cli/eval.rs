//! `gpu-ec eval`: how good the deterministic network is.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Error, Ui};
use crate::config::{self, Config};
use crate::report::{EvalReport, RunDir};

/// Evaluate the deterministic network (connections with rho > 0.5) over fresh starts and full episodes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Run directory (its best checkpoint, or its newest), or one checkpoint.
    #[arg(value_name = "RUN_DIR|CHECKPOINT")]
    path: PathBuf,

    /// Number of episodes.
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..))]
    episodes: u32,

    /// Seed of the start states.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// Device to compute on, as `gpu-ec devices` lists it.
    #[arg(long, value_name = "INDEX|NAME|pci:...")]
    gpu: Option<String>,

    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec eval runs/hopper-0-0
  gpu-ec eval runs/hopper-0-0/checkpoints/gen-000100.safetensors --episodes 1000 --json";

/// An evaluation, ready to start.
#[derive(Debug)]
pub struct Request {
    /// The checkpoint file.
    pub checkpoint: PathBuf,
    /// The run's configuration, where a run directory lies around the checkpoint.
    pub config: Option<Config>,
    /// Number of episodes.
    pub episodes: u32,
    /// Seed of the start states.
    pub seed: u64,
    /// Device asked for with `--gpu`.
    pub gpu: Option<String>,
}

/// Finds the checkpoint, evaluates it, prints the result.
///
/// Errors: no checkpoint; whatever stops the evaluation.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let request = request(&arguments)?;
    let report = hand_over(request, ui)?;
    if arguments.json {
        ui.json(&report)?
    } else {
        ui.out(&report.table().to_string())?
    }
    Ok(ExitCode::SUCCESS)
}

/// The one place where the command line meets the library.
fn hand_over(request: Request, ui: &Ui) -> Result<EvalReport, Error> {
    let _ = (request, ui);
    Err(Error::Failed("not wired yet".into()))
}

fn request(arguments: &Arguments) -> Result<Request, Error> {
    let path = &arguments.path;
    let (checkpoint, run) = if path.is_dir() {
        let dir = RunDir::open(path)?;
        (newest_or_best(&dir)?, Some(dir))
    } else if path.is_file() {
        let around = path.parent().and_then(|checkpoints| checkpoints.parent());
        (path.clone(), around.and_then(|dir| RunDir::open(dir).ok()))
    } else {
        return Err(Error::Usage(format!("there is no run directory or checkpoint {}", path.display())));
    };
    let config = run.map(|dir| config::load(config::read(&dir.config())?, &[])).transpose()?;
    let Arguments { episodes, seed, gpu, .. } = arguments;
    Ok(Request { checkpoint, config, episodes: *episodes, seed: *seed, gpu: gpu.clone() })
}

fn newest_or_best(dir: &RunDir) -> Result<PathBuf, Error> {
    if dir.best().is_file() {
        return Ok(dir.best());
    }
    match dir.generations()?.last() {
        Some(generation) => Ok(dir.checkpoint(*generation)),
        None => Err(Error::Usage(format!("{} has no checkpoint yet", dir.path().display()))),
    }
}
