//! Why a file cannot be read, written or locked.

use std::path::{Path, PathBuf};

use super::atomic::advice;

/// A file that cannot be read, written or locked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {reason}{}", path.display(), advice(reason))]
    Io {
        /// What was tried: `write`, `create` and so on.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        reason: std::io::Error,
    },
    /// Another process writes to the folder.
    #[error(
        "{} is in use by {holder}: wait for it, or stop it, and try again; `gpu-ec eval` may read the folder meanwhile",
        folder.display()
    )]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// Process and host.
        holder: String,
    },
}

impl Error {
    /// Turns the system's error into one that names the file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |reason| Error::Io { action, path, reason }
    }
}
