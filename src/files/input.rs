//! Files that come from anywhere: only regular ones are opened, since anything else may wait for ever, and no more is
//! read than the reader allows.

use std::{
    fs::File,
    io::{Error, ErrorKind, Read, Result},
    path::Path,
};

/// Opens a regular file; returns it with its length in bytes.
///
/// Errors: those of the system; a folder, pipe or device.
pub fn open(path: &Path) -> Result<(File, u64)> {
    // Opening a pipe waits until somebody writes to it, so that this comes first.
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "it is a folder" } else { "it is not a file" };
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    Ok((File::open(path)?, metadata.len()))
}

/// Returns the text of a regular file; `None` if it has more than `most` bytes.
///
/// Errors: those of [`open`]; not UTF-8.
pub fn text(path: &Path, most: usize) -> Result<Option<String>> {
    let mut text = String::new();
    open(path)?.0.take(most as u64 + 1).read_to_string(&mut text)?;
    Ok((text.len() <= most).then_some(text))
}
