//! `gpu-ec plot`: the curves of runs, and the connections that one has learnt.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use super::{Error, Ui};
use crate::{
    analysis::{AnalysisError, File, arms, connectivity, curves, episodes, q_learners},
    compare::standing::generations,
    config,
    files::atomic::write_atomically,
    report::{self, RunDir},
};

/// Draw the curves of runs; of a single run of EC also its connection probabilities, with their statistics.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Run directories; several are drawn in one figure.
    #[arg(value_name = "RUN_DIR", required = true)]
    runs: Vec<PathBuf>,

    /// Folder for the figures [default: RUN_DIR/plots of a single run].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Generation whose checkpoint gives connections and episodes, of a single run [default: the best one, or the
    /// newest].
    #[arg(long, value_name = "G")]
    generation: Option<u32>,

    /// Device on which an arm that learnt by forward sensitivities is watched, Q-learners play, and fixed episodes are
    /// lived, as `gpu-ec devices` lists it.
    #[arg(long, value_name = "INDEX|NAME|pci:...")]
    gpu: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec plot runs/hopper-0-0
  gpu-ec plot runs/hopper-0-0 runs/hopper-1-0 --out figures

Figures are SVG files: return, eval, length, rate, entropy and density along generations and frames. Of a single run of EC
also rho-*.svg, degrees-*.svg and connectivity.json, of its best checkpoint, its newest, or that of --generation; of arms
that learnt by forward sensitivities the page arms.md and arms.html, with losses by group, rates, and an arm watched before
and after; of learners of action values the page learners.md and learners.html, with curves and tables by width and model;
of a network on a task without a body (spikes or a synapse to imitate, a maze) the page episodes.md and episodes.html, with
fixed episodes step by step.";

/// Reads the runs, writes the figures, prints the statistics.
///
/// Errors: folders that are not runs, or runs without a generation; files that cannot be written.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let out = match (&arguments.out, arguments.runs.as_slice()) {
        (Some(out), _) => out.clone(),
        (None, [run]) => run.join("plots"),
        (None, _) => return Err(Error::Usage("several runs have no folder of their own: add --out DIR".into())),
    };
    let dirs = arguments.runs.iter().map(|path| RunDir::open(path)).collect::<Result<Vec<_>, _>>()?;
    let mut metrics = Vec::new();
    for (dir, name) in dirs.iter().zip(names(&arguments.runs)) {
        let lines = generations(dir)?;
        if lines.is_empty() {
            return Err(Error::Usage(format!("{} has no finished generation yet", dir.path().display())));
        }
        metrics.push((name, lines));
    }
    if arguments.generation.is_some() && dirs.len() > 1 {
        return Err(Error::Usage("--generation is for a single run".into()));
    }
    let mut files = curves::curves(&metrics)?;
    let mut table = String::new();
    if let [dir] = dirs.as_slice() {
        let checkpoint = arguments.generation.map(|generation| checkpoint_of(dir, generation)).transpose()?;
        let (more, text) = connections(dir, checkpoint.as_deref())?;
        files.extend(more);
        table = text;
        let mut watch = None;
        let open = &mut || {
            let (gpu, watching) = super::open_gpu(arguments.gpu.as_deref(), ui)?;
            watch = Some(watching);
            Ok(gpu)
        };
        files.extend(arms::page(dir, open)?);
        files.extend(q_learners::page(dir, open)?);
        files.extend(episodes::page(dir, checkpoint, open)?);
    }
    fs::create_dir_all(&out).map_err(report::Error::io("create", &out))?;
    for (name, text) in &files {
        write_atomically(&out.join(name), text.as_bytes())?;
    }
    ui.say(&format!("{} files", files.len()));
    ui.out(&format!("{table}{}\n", out.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the checkpoint of a generation.
///
/// Errors: there is none, or the run has independent learners, whose pages are of the newest.
fn checkpoint_of(dir: &RunDir, generation: u32) -> Result<PathBuf, Error> {
    let config = config::load(config::read(&dir.config())?, &[])?;
    if config.algorithm.family().is_independent() {
        return Err(Error::Usage("--generation is for runs of one network; independent learners have none".into()));
    }
    let path = dir.checkpoint(generation);
    if path.is_file() {
        return Ok(path);
    }
    let there: Vec<String> = dir.generations()?.iter().map(ToString::to_string).collect();
    let text = format!("there is no checkpoint of generation {generation}; there are those of {}", there.join(", "));
    Err(Error::Usage(text))
}

/// Returns figures, statistics as JSON, and their table, of `checkpoint` or the best one. All are empty for a run
/// without checkpoint or probabilities.
fn connections(dir: &RunDir, checkpoint: Option<&Path>) -> Result<(Vec<File>, String), Error> {
    if dir.generations()?.is_empty() && !dir.best().is_file() {
        return Ok((vec![], String::new()));
    }
    let (checkpoint, config) = super::eval::checkpoint(&super::eval::SETTABLE, checkpoint.unwrap_or(dir.path()), &[])?;
    if config.algorithm.family().is_independent() {
        return Ok((vec![], String::new()));
    }
    let matrices = connectivity::probabilities(&checkpoint)?;
    if matrices.is_empty() {
        return Ok((vec![], String::new()));
    }
    let excitatory = connectivity::excitatory(&config);
    let statistics: Vec<_> = matrices.iter().map(|matrix| matrix.statistics(excitatory)).collect();
    let mut files = connectivity::figures(&matrices, &statistics)?;
    let name = checkpoint.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let json = serde_json::json!({ "checkpoint": name, "excitatory": excitatory, "matrices": statistics });
    files.push(("connectivity.json".into(), serde_json::to_string_pretty(&json).map_err(Error::failed)? + "\n"));
    Ok((files, format!("{}\n", connectivity::table(&statistics))))
}

/// Returns the names of the runs: their paths without the leading components that all share.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let parts = |path: &Path| -> Vec<String> {
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let all: Vec<Vec<String>> = paths.iter().map(|path| parts(path)).collect();
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
    let shared = (0..shortest.saturating_sub(1)).take_while(|&k| all.iter().all(|path| path[k] == all[0][k])).count();
    all.iter().map(|path| path[shared..].join("/")).collect()
}

impl From<AnalysisError> for Error {
    fn from(error: AnalysisError) -> Self {
        match error {
            AnalysisError::Run(error) => error.into(),
            AnalysisError::Refused(text) => Error::Usage(text),
            error => Error::failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_differs() {
        let names = |paths: &[&str]| names(&paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(names(&["runs/a/seed-0", "runs/b/seed-0"]), ["a/seed-0", "b/seed-0"], "two");
        assert_eq!(names(&["runs/hopper-0-0"]), ["hopper-0-0"], "one");
    }
}
