//! Files that describe the learners and record their results.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    algorithms::q_learning::QEntry,
    files::{atomic::write_atomically, input},
    report::{
        Error, RunDir,
        jsonl::{self, LineWriter},
    },
    run::RunError,
};

/// Name of the file that describes the learners.
const ENTRIES: &str = "learners.json";
/// Name of the file of their results.
const LINES: &str = "learners.jsonl";
/// Maximum length of `learners.json`, bytes; a learner takes about fifty.
const LONGEST: usize = 1 << 24;
/// Maximum length of a line of `learners.jsonl`, bytes; a learner takes about ten.
const LONGEST_LINE: u64 = 1 << 24;

/// Results of a generation, one entry per learner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QLine {
    /// Generation, from 0.
    pub generation: u32,
    /// Frames of the episode.
    pub frames: Vec<u32>,
    /// Mean frames of greedy episodes afterwards; empty if none were played.
    pub greedy: Vec<f64>,
}

/// Writes `learners.json`, and opens `learners.jsonl` to append; lines from generation `from` on are dropped.
///
/// Errors: files that cannot be read or written.
pub fn open(dir: &RunDir, entries: &[QEntry], from: u32) -> Result<LineWriter, RunError> {
    let about = serde_json::to_string(entries).expect("plain data");
    write_atomically(&dir.path().join(ENTRIES), (about + "\n").as_bytes())?;
    let path = dir.path().join(LINES);
    jsonl::cut_back(&path, LONGEST_LINE, |line: &QLine| line.generation < from)?;
    Ok(LineWriter::append_to(&path)?)
}

/// Reads the results of a run's `learners`, generation by generation; a torn last line is left out.
///
/// Errors: a file that cannot be read, any other malformed line, or a line with another number of learners.
pub fn lines(dir: &RunDir, learners: usize) -> Result<Vec<QLine>, RunError> {
    let path = dir.path().join(LINES);
    let lines: Vec<(u64, QLine)> = jsonl::lines(&path, LONGEST_LINE)?;
    let fits = |line: &QLine| line.frames.len() == learners && [0, learners].contains(&line.greedy.len());
    if let Some(number) = lines.iter().position(|(_, line)| !fits(line)) {
        let reason = format!("it must have {learners} numbers, one for each learner of {ENTRIES}");
        return Err(Error::Metrics { path, line: number + 1, reason }.into());
    }
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// Returns the path of `learners.jsonl` and the generations in it.
///
/// Errors: as [`lines`].
pub fn told(dir: &RunDir, learners: usize) -> Result<(PathBuf, Vec<u32>), RunError> {
    let path = dir.path().join(LINES);
    let lines = if path.exists() { lines(dir, learners)? } else { vec![] };
    Ok((path, lines.iter().map(|line| line.generation).collect()))
}

/// Reads the learners of a run directory.
///
/// Errors: `learners.json` cannot be read.
pub fn entries(dir: &RunDir) -> Result<Vec<QEntry>, RunError> {
    let path = dir.path().join(ENTRIES);
    let text = input::text(&path, LONGEST).map_err(|error| RunError::file(&path, error))?;
    serde_json::from_str(&text.unwrap_or_default()).map_err(|error| RunError::file(&path, error))
}
