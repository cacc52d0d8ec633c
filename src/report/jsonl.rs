//! Files with one JSON object per line, which grow during a run and are cut back when it is resumed.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::Error;
use crate::files::input;

/// Writer that appends lines to a file and hands each to the system at once.
#[derive(Debug)]
pub struct LineWriter {
    file: File,
    path: PathBuf,
}

impl LineWriter {
    /// Opens or creates the file. For a resumed run, call [`cut_back`] first.
    ///
    /// Errors: [`Error::File`].
    pub fn append_to(path: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(Error::io("open", path))?;
        Ok(Self { file, path: path.to_path_buf() })
    }

    /// Writes one line completely or not at all.
    ///
    /// Errors: [`Error::File`], such as a full disk; [`Error::Gone`] if the file no longer has its name, so that
    /// the line would be lost.
    pub fn write(&mut self, value: &impl Serialize) -> Result<(), Error> {
        if !self.has_its_name().map_err(|error| self.io("read", error))? {
            return Err(Error::Gone { path: self.path.clone() });
        }
        let mut line = serde_json::to_vec(value).map_err(|error| self.io("encode", error.into()))?;
        line.push(b'\n');
        let before = self.file.metadata().map_err(|error| self.io("read", error))?.len();
        self.file.write_all(&line).map_err(|error| {
            // if this fails too, part of a line is left, which readers drop
            let _ = self.file.set_len(before);
            self.io("write", error)
        })
    }

    /// Waits until the lines are on disk. Required before a checkpoint that relies on them.
    ///
    /// Errors: [`Error::File`].
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(|error| self.io("write", error))
    }

    /// Returns true if the path still leads to the open file. A folder may be deleted, moved or created anew while
    /// a run writes to it.
    fn has_its_name(&self) -> std::io::Result<bool> {
        let there = match fs::metadata(&self.path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(false),
            there => there?,
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let own = self.file.metadata()?;
            Ok((there.dev(), there.ino()) == (own.dev(), own.ino()))
        }
        #[cfg(not(unix))]
        Ok(there.is_file())
    }

    fn io(&self, action: &'static str, source: std::io::Error) -> Error {
        Error::io(action, &self.path)(source)
    }
}

/// Cuts the file back to its first lines that satisfy `keep`, so that a resumed run writes each line once. Returns
/// those lines; a missing file has none.
///
/// Errors: as for [`lines`].
pub fn cut_back<T: DeserializeOwned>(path: &Path, longest: u64, keep: impl Fn(&T) -> bool) -> Result<Vec<T>, Error> {
    if !path.exists() {
        return Ok(vec![]);
    }
    let mut lines = lines(path, longest)?;
    lines.truncate(lines.iter().take_while(|(_, value)| keep(value)).count());
    let end = lines.last().map_or(0, |(end, _)| *end);
    let file = OpenOptions::new().write(true).open(path).map_err(Error::io("open", path))?;
    file.set_len(end).map_err(Error::io("cut back", path))?;
    file.sync_all().map_err(Error::io("write", path))?;
    Ok(lines.into_iter().map(|(_, value)| value).collect())
}

/// Returns every complete line of at most `longest` bytes, with the position after it. A torn last line, left by a
/// killed process, is dropped.
///
/// Errors: [`Error::File`]; [`Error::Metrics`] if another line cannot be read.
pub fn lines<T: DeserializeOwned>(path: &Path, longest: u64) -> Result<Vec<(u64, T)>, Error> {
    let bad = |line: usize, reason: String| Error::Metrics { path: path.into(), line, reason };
    let mut file = BufReader::new(input::open(path).map_err(Error::io("read", path))?.0);
    let (mut list, mut end, mut line) = (Vec::new(), 0, Vec::new());
    for number in 1.. {
        line.clear();
        let length = file.by_ref().take(longest + 1).read_until(b'\n', &mut line).map_err(Error::io("read", path))?;
        if length as u64 > longest {
            return Err(bad(number, format!("the line has more than {longest} bytes")));
        }
        end += length as u64;
        let last = file.fill_buf().map_err(Error::io("read", path))?.is_empty();
        match serde_json::from_slice(&line) {
            Ok(value) if line.ends_with(b"\n") => list.push((end, value)),
            Err(error) if !last => return Err(bad(number, error.to_string())),
            // the last line is torn
            _ => {}
        }
        if last {
            break;
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_file_that_lost_its_name_takes_no_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let (run, elsewhere) = (folder.path().join("run"), folder.path().join("elsewhere"));
        fs::create_dir(&run).expect("a folder");
        let path = run.join("lines.jsonl");
        let mut writer = LineWriter::append_to(&path).expect("a new file");
        let mut is_gone = || matches!(writer.write(&1), Err(Error::Gone { path: named }) if named == path);
        assert!(!is_gone(), "it is there");
        fs::rename(&run, &elsewhere).expect("moved");
        assert!(is_gone(), "moved");
        fs::create_dir(&run).expect("a folder");
        fs::write(&path, "1\n").expect("another file");
        assert!(is_gone(), "another file has its name");
        fs::remove_dir_all(&run).expect("removed");
        fs::rename(&elsewhere, &run).expect("moved back");
        assert!(!is_gone(), "it is back");
        fs::remove_dir_all(&run).expect("deleted");
        assert!(is_gone(), "deleted");
    }
}
