//! Page about a network on a task without a body: fixed episodes step by step, beside units and agents that need no
//! learning.

mod maze;
mod neuron;
mod synapse;

use std::path::PathBuf;

use super::{AnalysisError, File};
use crate::{
    config::{self, Config, Family, TaskConfig},
    gpu::{Gpu, GpuError},
    plan::PlanError,
    plot::{Chart, Panels},
    report::{
        RunDir, Table,
        document::{Block, Document, Figure},
    },
    run::{
        RunError,
        checkpoint::Checkpoint,
        rollout::{Begin, Body, Drive, Policy, Recording, Request, States, Steps, record},
    },
    tasks,
};

/// Seed of the fixed episodes, that of `gpu-ec eval`.
const SEED: u64 = 0;
/// Number of fixed episodes.
const EPISODES: usize = 64;

/// Returns the files of the page `episodes.md` and `episodes.html` with their figures, of `checkpoint` or the best one;
/// none for runs on other tasks, or without a checkpoint.
///
/// Errors: unreadable files; a device that fails.
pub fn page(
    dir: &RunDir,
    checkpoint: Option<PathBuf>,
    gpu: &mut dyn FnMut() -> Result<Gpu, GpuError>,
) -> Result<Vec<File>, AnalysisError> {
    let config = config::load(config::read(&dir.config()).map_err(RunError::from)?, &[]).map_err(RunError::from)?;
    let blocks = match &config.task {
        TaskConfig::IntegrateAndFire(_) => neuron::blocks,
        TaskConfig::Stdp(_) | TaskConfig::ComplexStdp(_) => synapse::blocks,
        TaskConfig::TMaze(_) | TaskConfig::DoubleTMaze(_) => maze::blocks,
        _ => return Ok(vec![]),
    };
    let is_one_network = matches!(config.algorithm.family(), Family::Evolution | Family::Policy);
    let checkpoint = checkpoint.map_or_else(|| newest_or_best(dir), |path| Ok(Some(path)))?;
    let Some(checkpoint) = checkpoint.filter(|_| is_one_network) else { return Ok(vec![]) };
    let task = config.for_evaluation().task;
    let trained = Trained { config: Config { task, ..config }, checkpoint, gpu: gpu().map_err(RunError::from)? };
    let document = Document(blocks(&trained)?);
    let mut files = vec![("episodes.md".into(), document.markdown()), ("episodes.html".into(), document.html())];
    files.extend(document.figures().map(|figure| (figure.file.clone(), figure.svg.clone())));
    Ok(files)
}

/// Returns the best checkpoint of a run, or its newest.
fn newest_or_best(dir: &RunDir) -> Result<Option<PathBuf>, AnalysisError> {
    if dir.best().is_file() {
        return Ok(Some(dir.best()));
    }
    Ok(dir.generations()?.last().map(|generation| dir.checkpoint(*generation)))
}

/// Trained network, and the device on which it lives its episodes.
struct Trained {
    config: Config,
    checkpoint: PathBuf,
    gpu: Gpu,
}

impl Trained {
    /// Returns the heading of the page.
    fn heading(&self, what: &str) -> Result<Vec<Block>, AnalysisError> {
        let generation = Checkpoint::read(&self.checkpoint)?.generation();
        let name = self.checkpoint.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let network = self.config.network.name();
        Ok(vec![
            Block::Heading(1, what.into()),
            Block::Paragraph(format!(
                "The deterministic network ({network}) of {name}, after generation {generation}, in the {EPISODES} episodes of \
                 gpu-ec eval --episodes {EPISODES}."
            )),
        ])
    }

    /// Returns the number of steps of an episode.
    fn steps(&self) -> usize {
        self.config.task.episode_length() as usize
    }

    /// Records the network for `steps` steps from given states, one per row.
    fn of_states(&self, qpos: Vec<f32>, rows: usize, steps: usize) -> Result<Recording, AnalysisError> {
        let states = States { rows, qpos, qvel: vec![], act: vec![], qacc_warmstart: vec![] };
        self.record(Begin::At(states), self.policy()?, steps)
    }

    /// Records the network in the fixed episodes.
    fn fixed(&self) -> Result<Recording, AnalysisError> {
        self.record(fixed_episodes(), self.policy()?, self.steps())
    }

    /// Records the fixed episodes under scripted outputs, `[steps][rows][outputs]`.
    fn scripted(&self, outputs: Vec<f32>) -> Result<Recording, AnalysisError> {
        self.record(fixed_episodes(), Drive::Steps(Steps::Memory(outputs, 0)), self.steps())
    }

    fn policy(&self) -> Result<Drive, AnalysisError> {
        let checkpoint = Checkpoint::read(&self.checkpoint)?;
        Ok(Drive::Policy(Box::new(Policy::judged(checkpoint, self.config.clone()))))
    }

    fn record(&self, begin: Begin, drive: Drive, steps: usize) -> Result<Recording, AnalysisError> {
        let task = tasks::build(&self.config.task).map_err(|error| RunError::from(PlanError::from(error)))?;
        let submission_ms = self.config.device.submission_ms;
        let request = Request { body: Body::Task(task), begin, drive, steps, reset: false, submission_ms };
        Ok(record(&self.gpu, request)?)
    }
}

fn fixed_episodes() -> Begin {
    Begin::Drawn { rows: EPISODES, seed: SEED }
}

/// Returns a table of names and mean returns.
fn returns(rows: &[(String, f64)]) -> Block {
    let mut table = Table::new(["unit or agent", "mean fitness"]);
    for (name, fitness) in rows {
        table.row([name.clone(), format!("{fitness:.3}")]);
    }
    Block::Table(table)
}

fn figure(name: &str, caption: &str, svg: String) -> Block {
    Block::Figure(Figure { file: format!("{name}.svg"), caption: caption.into(), svg })
}

fn chart(name: &str, caption: &str, chart: &Chart) -> Result<Block, AnalysisError> {
    Ok(figure(name, caption, chart.svg()?))
}

fn panels(name: &str, caption: &str, panels: &Panels) -> Result<Block, AnalysisError> {
    Ok(figure(name, caption, panels.svg()?))
}
