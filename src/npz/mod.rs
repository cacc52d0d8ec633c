//! NumPy's files: arrays of floats in `.npy`, and several of them in `.npz`.
//!
//! A small reader of our own, since files come from anywhere: a header is read whole before anything is allocated, and
//! nothing is allocated or inflated beyond what the file's own size can hold. Values become f32, rounded to the
//! nearest.

mod header;
mod read;
mod write;

use std::path::Path;

use crate::files::atomic::advice;

pub use header::{Element, Header};
pub use read::{Array, Npy, Npz};
pub use write::{Column, NpzWriter};

/// A file that cannot be read as arrays, or not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpzError {
    /// What the file holds is not what can be used.
    #[error("{place}: {problem}; {advice}")]
    Refused {
        /// File, and array in it.
        place: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// A file that cannot be opened or read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {path}: {source}{}; nothing is left of it", advice(.source))]
    Write {
        /// Which.
        path: String,
        /// The system's words.
        source: std::io::Error,
    },
}

impl NpzError {
    /// Makes a file or array that cannot be used.
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

/// Returns a shape as Python writes it: `(3, 4)`, `(3,)`.
pub fn shape_text(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        many => format!("({})", many.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
