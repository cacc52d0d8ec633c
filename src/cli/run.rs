//! `gpu-ec run`: a configuration becomes a run directory.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Error, Ui};
use crate::config::{self, Config};
use crate::report::RunDir;

/// Evolve a network: from a configuration, or on from where a run stopped.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Configuration file, or the name of a preset.
    #[arg(required_unless_present = "resume")]
    file: Option<String>,

    /// Folder for the results, which must not exist yet [default: runs/TASK-SEED-N].
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,

    /// Replace one value of the configuration; later settings win.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    sets: Vec<String>,

    /// Device to compute on, as `gpu-ec devices` lists it.
    #[arg(long, value_name = "INDEX|NAME|pci:...")]
    gpu: Option<String>,

    /// Go on with the run in this folder, to the same bits as if it had never stopped.
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    resume: Option<PathBuf>,

    /// Start from the connection probabilities of this checkpoint.
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "resume")]
    from: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec run hopper_fast
  gpu-ec run hopper.ron --set algorithm.population=512 --set stop.seconds=600
  gpu-ec run cartpole --set 'network=Rsnn(neurons: 64)' --out runs/small
  gpu-ec run --resume runs/hopper-0-0 --set generations=2000
  gpu-ec run humanoid --from runs/humanoid-0-0/checkpoints/best.safetensors

With --resume, --set may change only generations, stop, evaluation, checkpoint and device.
Ctrl-C writes a checkpoint and ends with exit code 130.
`gpu-ec presets --fields` explains every field.";

/// A run, ready to start.
#[derive(Debug)]
pub struct Request {
    /// What to do.
    pub config: Config,
    /// Where the results go; not created yet unless `origin` is [`Origin::Resume`].
    pub dir: RunDir,
    /// What to begin with.
    pub origin: Origin,
    /// Device asked for with `--gpu`.
    pub gpu: Option<String>,
}

/// What a run begins with.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// Probabilities of one half.
    New,
    /// The probabilities of a checkpoint, generation 0.
    From(PathBuf),
    /// The newest checkpoint of the run directory, or generation 0 if there is none.
    Resume,
}

/// Checks the arguments and runs.
///
/// Errors: wrong arguments or configuration; whatever stops the run.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let request = match &arguments.resume {
        Some(dir) => resume(RunDir::open(dir)?, &arguments)?,
        None => start(&arguments)?,
    };
    hand_over(request, ui)
}

/// The one place where the command line meets the library.
fn hand_over(request: Request, ui: &Ui) -> Result<ExitCode, Error> {
    let _ = (request, ui);
    Err(Error::Failed("not wired yet".into()))
}

fn start(arguments: &Arguments) -> Result<Request, Error> {
    let file = arguments.file.as_deref().unwrap_or_default();
    let config = config::load(config::find(file)?, &arguments.sets)?;
    let dir = RunDir::choose(arguments.out.as_deref(), &config)?;
    let origin = match &arguments.from {
        Some(path) if !path.is_file() => {
            return Err(Error::Usage(format!("--from: there is no file {}", path.display())));
        }
        Some(path) => Origin::From(path.clone()),
        None => Origin::New,
    };
    Ok(Request { config, dir, origin, gpu: arguments.gpu.clone() })
}

fn resume(dir: RunDir, arguments: &Arguments) -> Result<Request, Error> {
    let source = config::read(&dir.config())?;
    let old = config::load(source.clone(), &[])?;
    let config = config::load(source, &arguments.sets)?;
    let refused = config::diff_for_resume(&old, &config);
    if !refused.is_empty() {
        return Err(Error::Resume(refused));
    }
    Ok(Request { config, dir, origin: Origin::Resume, gpu: arguments.gpu.clone() })
}
