//! Newest checkpoint of a run directory. An unusable one is never silently replaced by an older one; the message
//! says how to do that, where it helps.

use std::path::{Path, PathBuf};

use super::{RunError, checkpoint::Checkpoint};
use crate::report::{RunDir, quoted};

/// Returns what `read` finds in the newest checkpoint of `dir`; `None` if there is no checkpoint.
///
/// Errors: those of `read`, and a file whose name and header disagree; both with a remedy.
pub fn newest<T>(dir: &RunDir, read: impl Fn(&Checkpoint) -> Result<T, RunError>) -> Result<Option<T>, RunError> {
    let generations = dir.generations()?;
    let Some((newest, older)) = generations.split_last() else { return Ok(None) };
    let of = |generation: u32| -> Result<T, RunError> {
        let checkpoint = Checkpoint::read(&dir.checkpoint(generation))?;
        match checkpoint.generation() {
            found if found == generation => read(&checkpoint),
            found => Err(checkpoint.bad(format!("its header says generation {found}, its name {generation}"))),
        }
    };
    of(*newest).map(Some).map_err(|error| match error {
        RunError::Checkpoint { path, reason } => {
            let sound = older.iter().rposition(|generation| of(*generation).is_ok());
            let way_out = way_out(dir, &generations, sound);
            let reason = way_out.map_or(reason.clone(), |way_out| format!("{reason}; {way_out}"));
            RunError::Checkpoint { path, reason }
        }
        error => error,
    })
}

/// Returns how to continue without the newest checkpoint; entry `sound` of `generations` is the newest usable one.
/// Returns `None` if no file is usable although the newest is undamaged: then the files are not at fault.
fn way_out(dir: &RunDir, generations: &[u32], sound: Option<usize>) -> Option<String> {
    let path = |generation: &u32| dir.checkpoint(*generation);
    let damaged: Vec<PathBuf> = generations.iter().map(path).filter(|path| Checkpoint::read(path).is_err()).collect();
    let newest = generations.last().map(path)?;
    match sound {
        Some(sound) => {
            let others: Vec<String> = generations[sound + 1..].iter().map(path).map(|path| name(&path)).collect();
            let what = if damaged.contains(&newest) { "delete" } else { "move away" };
            Some(format!(
                "to go on from {} instead, which repeats to the same bits, {what} {} and resume again",
                name(&path(&generations[sound])),
                others.join(", ")
            ))
        }
        None if damaged.contains(&newest) => {
            let none =
                if generations.len() == 1 { "there is no older one" } else { "no older one can be taken either" };
            let best = dir.best();
            let learnt = match Checkpoint::read(&best) {
                Ok(_) => format!(" with what was learnt: add --from {}", quoted(&best)),
                Err(_) => String::new(),
            };
            let config = quoted(&dir.config());
            Some(format!("{none}; begin a new run{learnt}: `gpu-ec run {config} --out NEW_FOLDER`"))
        }
        None => None,
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
