//! Progress of a run of the comparison.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{Cell, CompareError};
use crate::{
    config,
    files::{Error, atomic::write_atomically, input},
    report::{GenerationMetrics, RunDir, metrics},
    run::RunError,
};

/// Maximum length of the file of seconds, bytes.
const LONGEST: usize = 64;

/// Stage of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No run yet.
    Missing,
    /// Run that was interrupted, or whose budget has grown.
    Begun,
    /// Run with nothing left to do.
    Finished,
}

impl Stage {
    /// Returns the stage in a word.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Missing => "missing",
            Stage::Begun => "begun",
            Stage::Finished => "finished",
        }
    }
}

/// Part of a run that is on disk and would not be repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Stage.
    pub stage: Stage,
    /// Finished generations.
    pub generations: u32,
    /// Training frames in these generations.
    pub frames: u64,
    /// Wall-clock seconds spent.
    pub seconds: f64,
    /// Share of the budget that is spent, 0 to 1.
    pub share: f64,
}

impl Standing {
    /// Returns the standing of `cell`, whose directory must hold a run of the same configuration or not exist.
    ///
    /// Errors: [`CompareError::Another`]; a directory that is not a run; files that cannot be read.
    pub fn of(cell: &Cell) -> Result<Self, CompareError> {
        if !cell.path.exists() {
            return Ok(Self { stage: Stage::Missing, generations: 0, frames: 0, seconds: 0.0, share: 0.0 });
        }
        let dir = RunDir::open(&cell.path)?;
        let there = config::load(config::read(&dir.config())?, &[])?;
        let differences = config::diff_for_resume(&there, &cell.config);
        if !differences.is_empty() {
            return Err(CompareError::Another { path: cell.path.clone(), differences });
        }
        let newest = dir.generations()?.last().copied().unwrap_or(0);
        let kept: Vec<_> = generations(&dir)?.into_iter().filter(|line| line.generation < newest).collect();
        let frames = kept.last().map_or(0, |line| line.frames);
        let measured: f64 = kept.iter().map(|line| line.timing.wall_seconds).sum();
        let seconds = spent(&cell.path)?.max(measured);
        let best = kept.iter().filter_map(|line| line.sound_evaluation()).fold(f64::NEG_INFINITY, f64::max);
        let mut share = share(cell, newest, frames, seconds);
        if cell.config.stop.eval_return.is_some_and(|wanted| best >= wanted) {
            share = 1.0;
        }
        let stage = if share >= 1.0 { Stage::Finished } else { Stage::Begun };
        Ok(Self { stage, generations: newest, frames, seconds, share })
    }
}

/// Returns the metrics of a run; empty if it has none yet.
pub fn generations(dir: &RunDir) -> Result<Vec<GenerationMetrics>, crate::report::Error> {
    let path = dir.metrics();
    Ok(if path.exists() { metrics::read(&path)? } else { vec![] })
}

/// Returns the share of the cell's budget that is spent, by the limit that is closest.
fn share(cell: &Cell, generations: u32, frames: u64, seconds: f64) -> f64 {
    let stop = &cell.config.stop;
    let by_generations = f64::from(generations) / f64::from(cell.config.generations);
    let by_frames = stop.frames.map_or(0.0, |limit| frames as f64 / limit as f64);
    let by_seconds = stop.seconds.map_or(0.0, |limit| seconds / limit);
    by_generations.max(by_frames).max(by_seconds).min(1.0)
}

/// Returns the path of the file with the seconds that processes of the comparison spent on a run.
fn file(path: &Path) -> PathBuf {
    path.join("seconds")
}

/// Returns the seconds that processes of the comparison have recorded for the run.
///
/// Errors: a file that cannot be read, or that holds something else.
pub fn spent(path: &Path) -> Result<f64, RunError> {
    let file = file(path);
    let text = match input::text(&file, LONGEST) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0.0),
        read => read.map_err(|error| RunError::file(&file, error))?,
    };
    let seconds = text.and_then(|text| text.trim().parse::<f64>().ok());
    let reason = "it does not hold a number of seconds; remove it to count those of metrics.jsonl";
    seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0).ok_or_else(|| RunError::file(&file, reason))
}

/// Writes the seconds spent on the run, all processes together.
pub fn keep_spent(path: &Path, seconds: f64) -> Result<(), Error> {
    write_atomically(&file(path), format!("{seconds:.3}\n").as_bytes())
}
