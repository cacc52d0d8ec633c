//! `gpu-ec run`: turns a configuration into a run directory.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{
    Error, Ui,
    args::{Device, Tuning},
    compiling::CompilerWatch,
    signals,
};
use crate::{
    cli::{
        process_started,
        progress::{Goal, Progress},
    },
    config::{self, Config, Family},
    gpu::Gpu,
    report::{GenerationMetrics, RunDir, quoted},
    run::{
        RunError,
        observer::{Ending, Observer},
        session::{Kept, Origin, Session},
        stop::Reason,
    },
};

/// Evolve a network: from a configuration, or on from where a run stopped.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Configuration file, or the name of a preset.
    #[arg(required_unless_present = "resume")]
    file: Option<String>,

    /// Folder for the results, which must not exist yet [default: runs/NAME-SEED-N, NAME being the task's, or that of
    /// your robot's file].
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,

    /// Replace one value of the configuration; later settings win.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    sets: Vec<String>,

    #[command(flatten)]
    device: Device,

    #[command(flatten)]
    tuning: Tuning,

    /// Go on with the run in this folder, to the same bits as if it had never stopped.
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    resume: Option<PathBuf>,

    /// Start from what this checkpoint has learnt: EC's connection probabilities, ES's means, the readout weights of
    /// arms.
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "resume")]
    from: Option<PathBuf>,

    /// Of the checkpoint of --from, keep this as well; may be given twice.
    #[arg(long, value_name = "WHAT", requires = "from")]
    keep: Vec<Keep>,

    #[cfg(feature = "hub")]
    #[command(flatten)]
    sharing: super::sharing::Sharing,
}

/// Parts of a checkpoint that may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Keep {
    /// The optimizer's memory; without it rare connections take full steps of Adam at first.
    Optimizer,
    /// The count of training frames, by which curriculum and stop.frames go.
    Frames,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec run hopper_fast
  gpu-ec run hopper.ron --set algorithm.population=512 --set stop.seconds=600
  gpu-ec run cartpole --set 'network=Rsnn(neurons: 64)' --out runs/small
  gpu-ec run --resume runs/hopper-0-0 --set generations=2000
  gpu-ec run humanoid --from runs/humanoid-0-0/checkpoints/best.safetensors
  gpu-ec run humanoid --hub redis://node1:6379     and on other machines: gpu-ec worker --hub redis://node1:6379

With --resume, --set may change only generations, stop, evaluation, checkpoint, tensorboard and device.
Ctrl-C writes a checkpoint and ends with exit code 130; another one, more than a second later, ends at once
with exit code 131 and says what is lost.
`gpu-ec presets --fields` explains every field.";

/// Checks the arguments and runs.
///
/// Errors: invalid arguments or configuration, or whatever stops the run.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let session = match &arguments.resume {
        Some(dir) => resume(RunDir::open(dir)?, &arguments)?,
        None => start(&arguments)?,
    };
    let mut follower = Follower { ui, config: &session.config, progress: None, watch: None, dir: session.dir.clone() };
    let ending = session.run(&mut follower).map_err(|error| stopped(error, &follower.dir))?;
    if let Some(progress) = follower.progress.take() {
        progress.finish();
    }
    conclude(&session.config, &follower.dir, &ending, ui)
}

/// Shows a run to the user.
struct Follower<'a> {
    ui: &'a Ui,
    config: &'a Config,
    progress: Option<Progress>,
    dir: RunDir,
    watch: Option<CompilerWatch>,
}

impl Observer for Follower<'_> {
    fn say(&mut self, text: &str) {
        self.ui.say(text);
    }

    fn device(&mut self, gpu: &Gpu) {
        if self.progress.is_none() {
            self.watch = Some(self.ui.watch(gpu));
        }
    }

    fn first_step(&mut self, task: &str) {
        super::first_step(self.ui, task);
    }

    fn begin(&mut self, generation: u32, frames: u64) {
        self.watch = None;
        let Config { generations, stop, .. } = self.config;
        // the display counts from here, `stop.seconds` from the start of the program
        let seconds = stop.seconds.map(|seconds| (seconds - process_started().elapsed().as_secs_f64()).max(1.0));
        let goal = Goal { generations: *generations, frames: stop.frames, seconds };
        self.progress = Some(self.ui.progress(goal, generation, frames));
    }

    fn directory(&mut self, dir: &RunDir) {
        self.dir = dir.clone();
    }

    fn within_generation(&mut self, generation: u32, done: usize, episodes: usize) {
        if let Some(progress) = &mut self.progress {
            progress.within_generation(generation, done as u32, episodes as u32);
        }
    }

    fn generation(&mut self, metrics: &GenerationMetrics) {
        if let Some(progress) = &mut self.progress {
            progress.generation(metrics);
        }
    }
}

/// Adds to the error that stopped a run how to resume it.
fn stopped(error: RunError, dir: &RunDir) -> Error {
    let error = Error::from(error);
    let newest = dir.generations().ok().and_then(|generations| generations.last().copied());
    match (error, newest) {
        (Error::Failed(text), Some(generation)) => Error::Failed(format!(
            "{text}\nthe run is kept up to generation {generation}; once the cause is gone, go on with `gpu-ec run --resume {}`",
            quoted(dir.path())
        )),
        (error, _) => error,
    }
}

/// Prints the summary of a finished run; an interrupted run becomes an error.
fn conclude(config: &Config, dir: &RunDir, ending: &Ending, ui: &Ui) -> Result<ExitCode, Error> {
    let (word, dir) = (quoted(dir.path()), dir.path().display());
    let best = ending.best_eval.map_or("none yet".into(), |best| format!("{best:.1}"));
    let begun = match ending.episodes {
        0 => String::new(),
        episodes => format!(" and {episodes} episodes of the next"),
    };
    let summary =
        format!("{} generations{begun}, {} frames, best evaluation {best}", ending.generations, ending.frames);
    if ending.reason == Reason::Interrupted {
        let hint = format!("a checkpoint is written; go on with `gpu-ec run --resume {word}`");
        return Err(Error::Interrupted(format!("interrupted after {summary}: {hint}")));
    }
    ui.say(&format!("finished, {}: {summary}", ending.reason.text()));
    ending.totals.remarks().iter().for_each(|remark| ui.say(remark));
    let look = match config.algorithm.family() {
        Family::Arms => "what the arms learnt: gpu-ec plot",
        Family::QLearners => "what the learners came to: gpu-ec plot",
        Family::Evolution | Family::Policy => "how good is it: gpu-ec eval",
    };
    ui.say(&format!("{look} {word}"));
    ui.out(&format!("{dir}\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn start(arguments: &Arguments) -> Result<Session, Error> {
    let file = arguments.file.as_deref().unwrap_or_default();
    let config = config::load(config::find(file)?, &arguments.sets)?;
    let dir = RunDir::choose(arguments.out.as_deref(), &config)?;
    let origin = match &arguments.from {
        Some(path) if !path.is_file() => {
            return Err(Error::Usage(format!("--from: there is no file {}", path.display())));
        }
        Some(path) => {
            let keeps = |what| arguments.keep.contains(&what);
            Origin::From(path.clone(), Kept { optimizer: keeps(Keep::Optimizer), frames: keeps(Keep::Frames) })
        }
        None => Origin::New,
    };
    let gpu = super::selector(arguments.device.gpu.as_deref());
    let config = RunDir::owns(config);
    let variants = arguments.tuning.variants();
    Ok(Session {
        config,
        dir,
        origin,
        gpu,
        variants,
        clock: Some(process_started()),
        cancel: signals::listen(),
        #[cfg(feature = "hub")]
        fleet: arguments.sharing.settings()?,
    })
}

fn resume(dir: RunDir, arguments: &Arguments) -> Result<Session, Error> {
    let source = config::read(&dir.config())?;
    let old = config::load(source.clone(), &[])?;
    let config = config::load(source, &arguments.sets)?;
    let refused = config::diff_for_resume(&old, &config);
    if !refused.is_empty() {
        return Err(Error::Resume(refused));
    }
    let gpu = super::selector(arguments.device.gpu.as_deref());
    let variants = arguments.tuning.variants();
    Ok(Session {
        config,
        dir,
        origin: Origin::Resume,
        gpu,
        variants,
        clock: Some(process_started()),
        cancel: signals::listen(),
        #[cfg(feature = "hub")]
        fleet: arguments.sharing.settings()?,
    })
}
