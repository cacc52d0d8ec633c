//! Unfinished folders of killed processes, which the next start beside them removes.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::files::{Lock, atomic::UNFINISHED};

/// Age after which a folder with an unsigned lock counts as killed. A start signs its lock within moments.
const UNSIGNED: Duration = Duration::from_secs(3600);

/// Removes the unfinished folders in `parent` whose process is gone. `own` are the paths within one, the lock
/// first. A folder that holds anything else, or that cannot be removed, is left alone: it does no harm.
pub(super) fn sweep(parent: &Path, own: &[PathBuf]) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let unfinished = entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED));
        if unfinished && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_if_stale(&entry.path(), own);
        }
    }
}

fn remove_if_stale(folder: &Path, own: &[PathBuf]) {
    let lock = own.first().and_then(|lock| Lock::inherit(&folder.join(lock)));
    if (lock.is_some() || is_old(folder, own)) && holds_only(folder, own) {
        match fs::remove_dir_all(folder) {
            Ok(()) => tracing::info!("removed {}, which a killed process left", folder.display()),
            Err(error) => tracing::info!("cannot remove {}: {error}", folder.display()),
        }
    }
}

/// Returns true if the lock has been unsigned for so long that it will stay so.
fn is_old(folder: &Path, own: &[PathBuf]) -> bool {
    let unsigned = own.first().is_some_and(|lock| fs::metadata(folder.join(lock)).map_or(true, |lock| lock.len() == 0));
    let age =
        fs::metadata(folder).and_then(|folder| folder.modified()).map(|made| SystemTime::now().duration_since(made));
    unsigned && matches!(age, Ok(Ok(age)) if age > UNSIGNED)
}

/// Returns true if `folder` holds nothing but files of `own`, empty folders of `own`, and files that were being
/// written.
fn holds_only(folder: &Path, own: &[PathBuf]) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().all(|entry| {
        let name = PathBuf::from(entry.file_name());
        let unfinished = name.to_str().is_some_and(|name| name.starts_with(UNFINISHED));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => own.contains(&name) && holds_only(&entry.path(), &[]),
            Ok(kind) => kind.is_file() && (unfinished || own.contains(&name)),
            Err(_) => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Vec<PathBuf> {
        ["lock", "config.ron", "checkpoints"].map(PathBuf::from).into()
    }

    /// Creates a folder with these files, and returns true if it is still there after a sweep.
    fn survives(parent: &Path, name: &str, files: &[(&str, &str)]) -> bool {
        let folder = parent.join(name);
        fs::create_dir_all(folder.join("checkpoints")).expect("a folder");
        files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).expect("writable"));
        sweep(parent, &own());
        folder.exists()
    }

    #[test]
    fn only_what_a_killed_start_left_is_removed() {
        let parent = tempfile::tempdir().expect("a folder");
        let parent = parent.path();
        let signed = ("lock", "process 1 on a host\n");
        assert!(!survives(parent, ".new-a", &[signed, ("config.ron", "("), (".new-file", "")]), "its process is gone");
        assert!(survives(parent, ".new-b", &[signed, ("thesis.tex", "")]), "somebody's own file");
        assert!(survives(parent, ".new-c", &[signed, ("checkpoints/gen-000001.safetensors", "")]), "work");
        assert!(survives(parent, "run", &[signed]), "another name");
        assert!(survives(parent, ".new-d", &[]), "a start that has not signed yet");
        assert!(survives(parent, ".new-e", &[("lock", "")]), "likewise");
        let lock = parent.join(".new-f/lock");
        fs::create_dir(parent.join(".new-f")).expect("a folder");
        let held = Lock::take(&lock).expect("free");
        assert!(survives(parent, ".new-f", &[]), "its process is at work");
        drop(held);
        assert!(!survives(parent, ".new-f", &[]), "and gone");
    }

    #[test]
    #[cfg(unix)]
    fn a_start_that_never_signed_is_removed_when_it_is_old() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = parent.path().join(".new-a");
        fs::create_dir(&folder).expect("a folder");
        sweep(parent.path(), &own());
        assert!(folder.exists(), "it may be starting");
        let long_ago = SystemTime::now() - 2 * UNSIGNED;
        fs::File::open(&folder).and_then(|folder| folder.set_modified(long_ago)).expect("its age is set");
        sweep(parent.path(), &own());
        assert!(!folder.exists(), "it is not");
    }
}
