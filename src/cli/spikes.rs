//! `gpu-ec spikes`: what the neurons of a trained network do.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;

use super::{
    Error, Ui,
    args::{Device, Output},
    signals,
};
use crate::{
    analysis::spikes::{SpikeReport, figures, write},
    files::atomic::write_atomically,
    report,
    run::{
        checkpoint::Checkpoint,
        rollout::{Begin, Body, Drive, Policy, Request, spikes},
    },
    tasks,
};

/// Record the spikes of the deterministic network over one episode, substep by substep; draw a raster and the rates.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Run directory (its best checkpoint, or its newest), or one checkpoint.
    #[arg(value_name = "RUN_DIR|CHECKPOINT")]
    path: PathBuf,

    /// Folder for the files [default: RUN_DIR/spikes].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Seed of the start state.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// Steps of the environment at most [default: those of an episode].
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,

    /// Where the raster begins, ms of simulated time.
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    from_ms: f64,

    /// How much time the raster shows, ms of simulated time.
    #[arg(long, value_name = "MS", default_value_t = 500.0)]
    window_ms: f64,

    #[command(flatten)]
    device: Device,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec spikes runs/hopper-0-0
  gpu-ec spikes runs/hopper-0-0 --from-ms 2000 --window-ms 300 --out figures --json

The folder gets raster.svg, rates.svg and spikes.npz: `spikes`, bytes [steps, substeps, neurons], 1 where a neuron fired.";

/// Rolls out one episode, writes the files, prints the numbers.
///
/// Errors: there is no checkpoint, the network does not spike, or whatever stops the rollout.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    if !(arguments.from_ms >= 0.0 && arguments.window_ms > 0.0 && (arguments.from_ms + arguments.window_ms).is_finite())
    {
        return Err(Error::Usage("--from-ms must be at least 0 and --window-ms above 0".into()));
    }
    let out = match (&arguments.out, arguments.path.is_dir()) {
        (Some(out), _) => out.clone(),
        (None, true) => arguments.path.join("spikes"),
        (None, false) => return Err(Error::Usage("a checkpoint has no folder of its own: add --out DIR".into())),
    };
    let (checkpoint, mut config) = super::eval::checkpoint(&super::rollout::SETTABLE, &arguments.path, &[])?;
    config.seed = arguments.seed;
    let task = tasks::build(&config.task)?;
    let request = Request {
        steps: arguments.steps.map_or(task.episode_length(), |steps| steps as usize),
        body: Body::Task(task),
        begin: Begin::Drawn { rows: 1, seed: arguments.seed },
        submission_ms: config.device.submission_ms,
        drive: Drive::Policy(Box::new(Policy::judged(Checkpoint::read(&checkpoint)?, config))),
        reset: false,
    };
    let (gpu, _watch) = super::open_gpu(arguments.device.gpu.as_deref(), ui)?;
    let cancel = signals::listen();
    let Some(train) = spikes(&gpu, request, &|| !cancel.is_cancelled())? else {
        return Err(Error::Interrupted("interrupted; nothing was written".into()));
    };
    let files = figures(&train, arguments.from_ms..arguments.from_ms + arguments.window_ms)?;
    fs::create_dir_all(&out).map_err(report::Error::io("create", &out))?;
    for (name, text) in files {
        write_atomically(&out.join(name), text.as_bytes())?;
    }
    write(&train, &out.join("spikes.npz"))?;
    let report = SpikeReport::of(&train);
    if arguments.output.json {
        ui.json(&report)?;
    } else {
        ui.out(&format!("{}\n{}\n", report.table(), out.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
