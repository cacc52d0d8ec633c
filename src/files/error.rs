//! Errors in reading, writing or locking a file.

use std::path::{Path, PathBuf};

use super::atomic::advice;

/// An error in reading, writing or locking a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {reason}{}", path.display(), advice(reason))]
    Io {
        /// Attempted action: `write`, `create` and so on.
        action: &'static str,
        /// File or folder.
        path: PathBuf,
        /// Error of the system.
        reason: std::io::Error,
    },
    /// Another process writes to the folder.
    #[error(
        "{} is in use by {holder}: wait for it, or stop it, and try again; `gpu-ec eval` may read the folder meanwhile",
        folder.display()
    )]
    Locked {
        /// Locked folder.
        folder: PathBuf,
        /// Process and host that hold the lock.
        holder: String,
    },
}

impl Error {
    /// Converts a system error into one that names the file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |reason| Error::Io { action, path, reason }
    }
}
