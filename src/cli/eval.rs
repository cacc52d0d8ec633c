//! `gpu-ec eval`: evaluates the deterministic network.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{
    Error, Ui,
    args::{Device, Output, Tuning},
};
use crate::{
    config::{self, Config, Settable},
    report::RunDir,
    run::{brains, evaluate::evaluate, evolution::evaluate::config_of_checkpoint},
};

/// Evaluate the deterministic network (EC: connections with rho > 0.5, ES: the mean) over fresh starts and full
/// episodes; of independent learners, all of them.
///
/// Arms of ForwardSensitivity live their episodes without learning. Learners of Dqsn and SynapseAgents play greedily: by
/// their last network, and with Dqsn by that of their longest episode and by the untrained one beside it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Run directory (its best checkpoint, or its newest), one checkpoint, or a trained network such as hopper@best, as
    /// `gpu-ec presets` lists them.
    #[arg(value_name = "RUN_DIR|CHECKPOINT|NAME@best")]
    path: PathBuf,

    /// Number of episodes; of each learner, with Dqsn and SynapseAgents.
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..))]
    episodes: u32,

    /// Seed of the start states.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// Evaluate under other conditions, such as task.integrator=Rk4: fields of task and device; the network stays what
    /// it is.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    sets: Vec<String>,

    #[command(flatten)]
    device: Device,

    #[command(flatten)]
    tuning: Tuning,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec eval hopper@best
  gpu-ec eval runs/hopper-0-0
  gpu-ec eval runs/hopper-0-0 --set task.integrator=Rk4
  gpu-ec eval runs/hopper-0-0/checkpoints/gen-000100.safetensors --episodes 1000 --json";

pub(super) const SETTABLE: Settable = Settable {
    what: "gpu-ec eval",
    evaluates: true,
    fields: &["task", "device"],
    instead: &[
        ("seed", "take --seed S"),
        ("evaluation.episodes", "take --episodes N"),
        ("evaluation", "take --episodes N"),
        ("network", "the network stays what it is"),
        ("normaliser", "it belongs to the network, which stays what it is"),
        ("curriculum", "evaluations have full episodes: take task.episode_length"),
    ],
};

/// Finds the checkpoint, evaluates it, prints the result.
///
/// Errors: there is no checkpoint, or whatever stops the evaluation.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let (checkpoint, config) = checkpoint(&SETTABLE, &arguments.path, &arguments.sets)?;
    let (gpu, _watch) = super::open_gpu(arguments.device.gpu.as_deref(), ui)?;
    let variants = arguments.tuning.variants();
    let starts = (arguments.episodes, arguments.seed);
    let report = evaluate(&gpu, &checkpoint, config, starts, variants.as_ref())?;
    report.warnings().iter().for_each(|line| ui.say(line));
    if arguments.output.json {
        ui.json(&report)?
    } else {
        ui.out(&report.table().to_string())?
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns a checkpoint and the configuration of its run, changed by `sets`.
///
/// A run directory gives its best checkpoint, else its newest. The configuration comes from the directory around the
/// checkpoint, else from the checkpoint's header.
pub(super) fn checkpoint(settable: &Settable, path: &Path, sets: &[String]) -> Result<(PathBuf, Config), Error> {
    let (checkpoint, run) = if brains::is_name(path) {
        (path.to_path_buf(), None)
    } else if path.is_dir() {
        let dir = RunDir::open(path)?;
        (newest_or_best(&dir)?, Some(dir))
    } else if path.is_file() {
        let around = path.parent().and_then(|checkpoints| checkpoints.parent());
        (path.to_path_buf(), around.and_then(|dir| RunDir::open(dir).ok()))
    } else {
        return Err(Error::Usage(format!("there is no run directory or checkpoint {}", path.display())));
    };
    let source = match run {
        Some(dir) => config::read(&dir.config())?,
        None => config_of_checkpoint(&checkpoint)?,
    };
    Ok((checkpoint, config::load_for(settable, source, sets)?))
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
