//! `gpu-ec compare`: turns an experiment into runs and a report.

use std::{collections::HashSet, path::PathBuf, process::ExitCode};

use clap::Args;

use super::{
    Error, Ui,
    args::{Device, Tuning},
    compiling::CompilerWatch,
};
use crate::{
    cli::progress::{Goal, Progress},
    compare::{Cell, CompareError, Matrix, Outcome, Standing, Watch, report, runner},
    config::{self, Experiment},
    files::Lock,
    gpu::Gpu,
    report::{
        GenerationMetrics, Table,
        summary::{duration, short},
    },
    run::{
        RunError,
        observer::{Ending, Observer},
    },
};

/// Compare networks and algorithms: runs every entry on every task with every seed, and reports.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// File of the experiment, or the name of an embedded one.
    file: String,

    /// Folder for runs and report [default: the experiment's own, else experiments/NAME].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Replace one value of the experiment; later settings win.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    sets: Vec<String>,

    /// Run only this entry, or on this task; may be given several times.
    #[arg(long, value_name = "ENTRY|TASK")]
    only: Vec<String>,

    /// Write the report over the runs that are there, and run nothing.
    #[arg(long)]
    report_only: bool,

    /// List the runs, how far each is, and what it may take.
    #[arg(long, conflicts_with = "report_only")]
    dry_run: bool,

    #[command(flatten)]
    device: Device,

    #[command(flatten)]
    tuning: Tuning,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec compare populations_small --dry-run
  gpu-ec compare populations_small
  gpu-ec compare my.ron --only EC-RSNN --only Hopper --out results
  gpu-ec compare my.ron --set seeds=[0] --set budget.frames=100000
  gpu-ec compare my.ron --report-only

Ctrl-C leaves checkpoints; the same command goes on, and skips what is finished.
`gpu-ec presets` lists the embedded experiments, `gpu-ec presets NAME` prints one.";

/// Checks the experiment, runs what is missing, writes the report.
///
/// Errors: an invalid experiment; run directories of another experiment; failed runs, once all the others are done.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let experiment = Experiment::load(config::find_experiment(&arguments.file)?, &arguments.sets)?;
    let matrix = Matrix::new(experiment, arguments.out.as_deref())?;
    let cells = matrix.only(&arguments.only)?;
    if arguments.dry_run {
        ui.out(&listing(&cells)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.report_only {
        let outcome = run(&arguments, &matrix, &cells, ui)?;
        conclude(&matrix, &outcome, ui)?;
    }
    let folder = report::write(&matrix)?;
    ui.out(&format!("{}\n", folder.join("report.html").display()))?;
    Ok(ExitCode::SUCCESS)
}

fn run(arguments: &Arguments, matrix: &Matrix, cells: &[Cell], ui: &Ui) -> Result<Outcome, Error> {
    std::fs::create_dir_all(&matrix.out).map_err(crate::report::Error::io("create", &matrix.out))?;
    let _lock = Lock::take(&matrix.out.join("lock"))?;
    let mut follower = Follower { ui, progress: None, watch: None, goal: None, said: HashSet::new() };
    let gpu = super::selector(arguments.device.gpu.as_deref());
    let variants = arguments.tuning.variants();
    Ok(runner::run(cells, &gpu, variants.as_ref(), &super::signals::listen(), &mut follower)?)
}

/// Returns an error if runs were interrupted or failed. After failures it still writes the report, over the other
/// runs.
fn conclude(matrix: &Matrix, outcome: &Outcome, ui: &Ui) -> Result<(), Error> {
    if outcome.interrupted {
        let hint = "checkpoints are written; the same command goes on";
        return Err(Error::Interrupted(format!("interrupted after {} runs: {hint}", outcome.done + outcome.skipped)));
    }
    ui.say(&format!("{} runs done now, {} finished before", outcome.done, outcome.skipped));
    if outcome.failed.is_empty() {
        return Ok(());
    }
    let report = match report::write(matrix) {
        Ok(folder) => format!("the report over the others is in {}", folder.display()),
        Err(error) => format!("and there is no report: {error}"),
    };
    let list: String = outcome.failed.iter().map(|(name, reason)| format!("\n  {name}: {reason}")).collect();
    let count = outcome.failed.len();
    Err(Error::Failed(format!("{count} runs failed; the same command tries them again; {report}{list}")))
}

/// Returns the runs as a table.
fn listing(cells: &[Cell]) -> Result<String, Error> {
    let mut table = Table::new(["run", "state", "generations", "frames", "seconds", "folder"]);
    let of = |done: String, limit: Option<String>| limit.map_or(done.clone(), |limit| format!("{done} / {limit}"));
    for cell in cells {
        let standing = Standing::of(cell)?;
        let stop = &cell.config.stop;
        table.row([
            cell.name.clone(),
            standing.stage.name().into(),
            of(standing.generations.to_string(), Some(cell.config.generations.to_string())),
            of(short(standing.frames as f64), stop.frames.map(|frames| short(frames as f64))),
            of(format!("{:.0}", standing.seconds), stop.seconds.map(|seconds| format!("{seconds:.0}"))),
            cell.path.display().to_string(),
        ]);
    }
    Ok(table.to_string())
}

/// Shows a comparison to the user.
struct Follower<'a> {
    ui: &'a Ui,
    goal: Option<Goal>,
    progress: Option<Progress>,
    watch: Option<CompilerWatch>,
    /// Lines already printed: those that every run repeats, such as the name of the device, appear once.
    said: HashSet<String>,
}

impl Observer for Follower<'_> {
    fn say(&mut self, text: &str) {
        if self.said.insert(text.into()) {
            self.ui.say(text);
        }
    }

    fn begin(&mut self, generation: u32, frames: u64) {
        self.watch = None;
        self.progress = self.goal.map(|goal| self.ui.progress(goal, generation, frames));
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

    fn device(&mut self, gpu: &Gpu) {
        if self.progress.is_none() {
            self.watch = Some(self.ui.watch(gpu));
        }
    }
}

impl Watch for Follower<'_> {
    fn cell(&mut self, cell: &Cell, index: usize, count: usize, seconds_left: Option<f64>) {
        let left = seconds_left.map_or(String::new(), |seconds| format!("  (all: ETA {})", duration(seconds)));
        self.ui.say(&format!("run {} of {count}: {}{left}", index + 1, cell.name));
        let stop = &cell.config.stop;
        self.goal = Some(Goal { generations: cell.config.generations, frames: stop.frames, seconds: stop.seconds });
    }

    fn ended(&mut self, _: &Cell, ending: &Ending) {
        self.progress.take().into_iter().for_each(Progress::finish);
        let best = ending.best_eval.map_or("none".into(), |best| format!("{best:.1}"));
        let Ending { generations, frames, .. } = *ending;
        let frames = short(frames as f64);
        self.ui.say(&format!(
            "  {}: {generations} generations, {frames} frames, best evaluation {best}",
            ending.reason.text()
        ));
        ending.totals.remarks().iter().for_each(|remark| self.ui.say(&format!("  {remark}")));
    }

    fn failed(&mut self, cell: &Cell, error: &RunError) {
        (self.progress, self.watch) = (None, None);
        self.ui.say(&format!("  {} failed: {error}", cell.name));
    }
}

impl From<CompareError> for Error {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Run(error) => error.into(),
            CompareError::Plot(error) => Error::failed(error),
            error => Error::Usage(error.to_string()),
        }
    }
}
