//! Writes `.npz` files whose arrays grow together, in bounded memory.

use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{Element, Header, NpzError};
use crate::files::atomic::{folder_of, unfinished};

/// Maximum size of a zip member without 64-bit lengths, in bytes.
const SMALL: u64 = 0xffff_ffff;

/// An array to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name in the file.
    pub name: &'static str,
    /// Type of the elements.
    pub element: Element,
    /// Lengths of the dimensions.
    pub shape: Vec<usize>,
}

impl Column {
    fn header(&self) -> Header {
        Header { element: self.element, big_endian: false, shape: self.shape.clone() }
    }

    /// Returns the size of the values, in bytes.
    pub fn bytes(&self) -> u64 {
        self.header().bytes()
    }
}

/// An `.npz` file being written. Each array accumulates in an unnamed temporary file in the same folder, and the file
/// appears whole or not at all.
pub struct NpzWriter {
    path: PathBuf,
    columns: Vec<(Column, BufWriter<File>)>,
}

impl NpzWriter {
    /// Starts a file.
    ///
    /// Errors: a folder that is missing or not writable.
    pub fn create(path: &Path, columns: Vec<Column>) -> Result<Self, NpzError> {
        let spool = |column| -> io::Result<_> { Ok((column, BufWriter::new(tempfile::tempfile_in(folder_of(path))?))) };
        let columns = columns.into_iter().map(spool).collect::<io::Result<_>>().map_err(NpzError::write(path))?;
        Ok(Self { path: path.into(), columns })
    }

    /// Returns the disk space that writing `columns` needs at its peak, in bytes: all arrays, and the largest one
    /// twice.
    pub fn space(columns: &[Column]) -> u64 {
        let largest = columns.iter().map(Column::bytes).max().unwrap_or(0);
        columns.iter().map(Column::bytes).sum::<u64>() + largest
    }

    /// Appends values (little-endian) to the array at `index`.
    ///
    /// Errors: the disk is full or fails.
    pub fn append(&mut self, index: usize, bytes: &[u8]) -> Result<(), NpzError> {
        self.columns[index].1.write_all(bytes).map_err(NpzError::write(&self.path))
    }

    /// Assembles the arrays under the file's name, replacing any existing file.
    ///
    /// Errors: the disk is full or fails; an array has fewer or more values than its shape.
    pub fn finish(self) -> Result<(), NpzError> {
        let path = self.path.clone();
        self.assemble().map_err(NpzError::write(&path))
    }

    fn assemble(self) -> io::Result<()> {
        let mut file = unfinished(0o666).tempfile_in(folder_of(&self.path))?;
        let mut zip = ZipWriter::new(BufWriter::new(file.as_file_mut()));
        for (column, spool) in self.columns {
            let mut values = spool.into_inner().map_err(io::IntoInnerError::into_error)?;
            let header = column.header();
            if values.stream_position()? != header.bytes() {
                return Err(io::Error::other(format!("array `{}` is incomplete", column.name)));
            }
            values.seek(SeekFrom::Start(0))?;
            let large = header.bytes() + (1 << 16) > SMALL;
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
            zip.start_file(format!("{}.npy", column.name), options)?;
            zip.write_all(&header.encode())?;
            io::copy(&mut values, &mut zip)?;
        }
        zip.finish()?.flush()?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}
