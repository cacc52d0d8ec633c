//! History of a run according to its directory. A run continues only if all files agree; what cannot be explained
//! is neither overwritten nor deleted.

use std::path::{Path, PathBuf};

use crate::run::{RunError, run_files::went_on_before, stop::Standing};
use crate::{
    config::{self, Config},
    report::{GenerationMetrics, RunDir, quoted},
};

/// Progress of a run according to the files of its directory.
#[derive(Debug)]
pub struct History {
    /// Generations in the newest checkpoint, if there is one.
    pub newest: Option<u32>,
    /// Configuration of the run so far.
    pub config: Config,
    /// Number of lines in `metrics.jsonl`.
    done: u32,
    /// Frames in the last line before the newest checkpoint.
    frames: Option<u64>,
}

impl History {
    /// Reads the history of the run in `dir`, which is to continue with `config`. `table` is another file with one
    /// line per generation, and the generations it has.
    ///
    /// Errors: [`RunError::Refused`] with what is missing and what to do; files that cannot be read.
    pub fn of(dir: &RunDir, config: &Config, table: Option<(PathBuf, Vec<u32>)>) -> Result<Self, RunError> {
        let newest = dir.generations()?.last().copied();
        let lines = metrics(dir)?;
        let done = lines.len() as u32;
        let generations: Vec<u32> = lines.iter().map(|line| line.generation).collect();
        let before = config::load(config::read(&dir.config())?, &[])?;
        let frames = newest.and_then(|newest| lines.get((newest as usize).checked_sub(1)?)).map(|line| line.frames);
        let history = Self { newest, config: before, done, frames };
        history.refuse_without_checkpoints(dir, config)?;
        history.refuse_lines(dir, &dir.metrics(), &generations)?;
        if let Some((path, generations)) = table {
            history.refuse_lines(dir, &path, &generations)?;
        }
        Ok(history)
    }

    /// Refuses to begin anew where there must have been checkpoints.
    fn refuse_without_checkpoints(&self, dir: &RunDir, config: &Config) -> Result<(), RunError> {
        let Self { newest, done, config: before, .. } = self;
        if newest.is_some() {
            return Ok(());
        }
        let folder = dir.checkpoints();
        let clue = match () {
            () if !folder.is_dir() && *done == 0 => "nothing of its run is there but config.ron".into(),
            () if !folder.is_dir() || *done > before.checkpoint.every || *done > config.generations => {
                format!("metrics.jsonl tells of {done} generations")
            }
            () if dir.kept().exists() => "`kept` says that checkpoints were written".into(),
            () if went_on_before(dir)? => "adapters.jsonl says that it went on from a checkpoint".into(),
            () => return Ok(()),
        };
        let best = match dir.best() {
            best if best.is_file() => format!(" with what its best network has learnt: add --from {}", quoted(&best)),
            _ => String::new(),
        };
        Err(RunError::Refused(format!(
            "{} cannot be resumed: {clue}, but there is no checkpoint gen-*.safetensors in {}: put the newest one back; \
             or begin a new run{best}: `gpu-ec run {} --out NEW_FOLDER`",
            dir.path().display(),
            folder.display(),
            quoted(&dir.config())
        )))
    }

    /// Refuses a file that does not have one line per generation, or that ends before the newest checkpoint.
    fn refuse_lines(&self, dir: &RunDir, path: &Path, generations: &[u32]) -> Result<(), RunError> {
        let lines = generations.len() as u32;
        let kept = self.newest.unwrap_or(0);
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let misplaced = generations.iter().zip(0..).find(|(found, wanted)| **found != *wanted);
        let wrong = match misplaced {
            Some((found, wanted)) if *found > wanted => {
                let last = found - 1;
                let range = if wanted == last {
                    format!("generation {wanted}")
                } else {
                    format!("generations {wanted} to {last}")
                };
                format!("{file} lacks {range} before its line {}", wanted + 1)
            }
            Some((found, wanted)) => format!("line {} of {file} is generation {found} once more", wanted + 1),
            None if lines >= kept => return Ok(()),
            None if !path.exists() => {
                format!("{file} is missing, although the newest checkpoint has {kept} generations")
            }
            None => format!("{file} ends after {lines} generations, although the newest checkpoint has {kept}"),
        };
        let learnt = match self.newest {
            Some(newest) => format!(" with what was learnt: add --from {}", quoted(&dir.checkpoint(newest))),
            None => String::new(),
        };
        Err(RunError::Refused(format!(
            "{} cannot be resumed: {wrong}: put the file back from a copy; or begin a new run{learnt}: \
             `gpu-ec run {} --out NEW_FOLDER`",
            dir.path().display(),
            quoted(&dir.config())
        )))
    }

    /// Refuses metrics that do not match the newest checkpoint, which holds `standing`.
    pub fn refuse_others(&self, dir: &RunDir, standing: &Standing) -> Result<(), RunError> {
        let Some(frames) = self.frames.filter(|frames| *frames != standing.frames) else { return Ok(()) };
        Err(RunError::Refused(format!(
            "{} cannot be resumed: metrics.jsonl tells of {frames} frames after {} generations, its checkpoint of {}: \
             one of them is that of another run; put back the right one",
            dir.path().display(),
            standing.generation,
            standing.frames
        )))
    }

    /// Returns remarks on generations that are repeated and on files that are gone.
    pub fn remarks(&self, dir: &RunDir, standing: &Standing) -> Vec<String> {
        let kept = self.newest.unwrap_or(0);
        let repeated = match self.done - kept.min(self.done) {
            0 => String::new(),
            1 => format!(", and generation {} is done once more, to the same bits", self.done),
            _ => format!(", and generations {} to {} are done once more, to the same bits", kept + 1, self.done),
        };
        let from = match self.newest {
            None => {
                Some(format!("note: the run was stopped before its first checkpoint: it begins at the start{repeated}"))
            }
            Some(_) if repeated.is_empty() => None,
            Some(newest) => Some(format!("note: the newest checkpoint has {newest} generations{repeated}")),
        };
        let best = standing.best_eval.filter(|_| !dir.best().exists()).map(|best| {
            format!(
                "warning: best.safetensors is gone: it held the network of the evaluation {best:.1}; the next better one \
                 is kept"
            )
        });
        from.into_iter().chain(best).collect()
    }
}

fn metrics(dir: &RunDir) -> Result<Vec<GenerationMetrics>, RunError> {
    let path = dir.metrics();
    Ok(if path.exists() { crate::report::metrics::read(&path)? } else { vec![] })
}
