//! NumPy files: float arrays in `.npy`, and several of them in `.npz`.
//!
//! The reader is our own because files may come from anywhere. It reads a whole header before it allocates, and never
//! allocates or inflates more than the file's size allows. Values become f32, rounded to nearest.

mod header;
mod read;
mod write;

use std::path::Path;

use crate::files::atomic::advice;

pub use header::{Element, Header};
pub use read::{Array, Npy, Npz};
pub use write::{Column, NpzWriter};

/// An error in reading or writing arrays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpzError {
    /// A file whose contents cannot be used.
    #[error("{place}: {problem}; {advice}")]
    Refused {
        /// File, and array within it.
        place: String,
        /// Description of the problem.
        problem: String,
        /// Suggested remedy.
        advice: String,
    },
    /// A file that cannot be opened or read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Path of the file.
        path: String,
        /// Error of the system.
        source: std::io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {path}: {source}{}; nothing is left of it", advice(.source))]
    Write {
        /// Path of the file.
        path: String,
        /// Error of the system.
        source: std::io::Error,
    },
}

impl NpzError {
    /// Makes the error of a file or array that cannot be used.
    pub fn refused(place: impl ToString, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Refused { place: place.to_string(), problem: problem.into(), advice: advice.into() }
    }

    fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Read { path, source }
    }

    fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Write { path, source }
    }
}

/// Returns a shape in Python's notation: `(3, 4)`, `(3,)`.
pub fn shape_text(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        many => format!("({})", many.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
