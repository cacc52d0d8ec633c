//! Files that are written whole or not at all.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
};

use super::Error;

/// Prefix of files being written; the next process removes those that a killed process left.
pub(crate) const UNFINISHED: &str = ".new-";

/// Writes a whole file or nothing: temporary file in the same folder, fsync, rename, fsync of the folder.
///
/// Errors: [`Error::Io`]. The old file is then untouched and the temporary file removed, unless only the last fsync
/// failed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = folder_of(path);
    let write = || -> io::Result<()> {
        let mut file = unfinished(0o666).tempfile_in(folder)?;
        file.as_file_mut().write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync_folder(folder)
    };
    write().map_err(Error::io("write", path))
}

/// Returns a new temporary folder beside `path`; it is removed when dropped.
pub(crate) fn unfinished_folder(path: &Path) -> io::Result<tempfile::TempDir> {
    unfinished(0o777).tempdir_in(folder_of(path))
}

/// Removes files that a killed process left unfinished in `folder`. This process must be its only writer.
pub(crate) fn sweep(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with(UNFINISHED)) {
            fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Waits until the names in `folder` are on disk.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Returns the folder that `path` is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns advice on a system error, after a semicolon; empty if the system's message suffices.
pub(crate) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space",
        ErrorKind::FileTooLarge => "; raise the limit on the size of files (`ulimit -f`)",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "; make the folder writable, or take another",
        _ => "",
    }
}

/// Makes temporary files and folders with the usual `mode`, less the user's umask, so that others can read them.
pub(crate) fn unfinished(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        write_atomically(&path, b"old").expect("writable");
        let names = || {
            let entries = fs::read_dir(folder.path()).expect("a folder");
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("plain")).collect::<Vec<_>>()
        };
        assert_eq!(names(), ["file"], "nothing else is left");
        let below = path.join("below a file");
        let message = write_atomically(&below, b"new").expect_err("no folder").to_string();
        assert!(message.contains("below a file") && message.contains("cannot write"), "{message}");
        fs::create_dir(folder.path().join("taken")).expect("a folder");
        write_atomically(&folder.path().join("taken"), b"new").expect_err("a folder has that name");
        assert_eq!(names().len(), 2, "the temporary file is gone: {:?}", names());
        assert_eq!(fs::read(&path).expect("there"), b"old", "the old one is untouched");
    }

    #[test]
    fn what_a_killed_process_left_is_swept_away() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [".new-1a2b", "gen-000001.safetensors", "new-notes"] {
            fs::write(folder.path().join(name), "").expect("writable");
        }
        sweep(folder.path()).expect("swept");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "and nothing else is");
    }
}
