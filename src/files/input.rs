//! Files of any origin. Only regular files are opened, because anything else may block forever; reads have an upper
//! limit.

use std::{
    fs::File,
    io::{Error, ErrorKind, Read, Result},
    path::Path,
};

/// Opens a regular file; returns it with its length in bytes.
///
/// Errors: those of the system; a folder, pipe or device.
pub fn open(path: &Path) -> Result<(File, u64)> {
    // Checked first, because opening a pipe blocks until somebody writes to it.
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "it is a folder" } else { "it is not a file" };
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    Ok((File::open(path)?, metadata.len()))
}

/// Returns the text of a regular file; `None` if it has more than `most` bytes.
///
/// Errors: those of [`open`]; text that is not UTF-8.
pub fn text(path: &Path, most: usize) -> Result<Option<String>> {
    let mut text = String::new();
    open(path)?.0.take(most as u64 + 1).read_to_string(&mut text)?;
    Ok((text.len() <= most).then_some(text))
}
