//! One writer per run directory. The lock belongs to the operating system, so it ends with the process, however that
//! ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

use super::Error;

/// Lock on a run directory, held while this process writes to it.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `path`, creating the file if needed, and writes the holder into it.
    ///
    /// Errors: [`Error::Locked`] if another process holds it; [`Error::Io`].
    pub fn take(path: &Path) -> Result<Self, Error> {
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(Error::io("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked { folder: super::atomic::folder_of(path).into(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
        let mut sign = || -> std::io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "process {} on {}", std::process::id(), host())
        };
        sign().map_err(Error::io("write", path))?;
        Ok(Self { _file: file })
    }

    /// Takes over the lock of `path` from a process that signed it and is gone. Returns `None` if the lock is held or
    /// was never signed.
    pub(crate) fn inherit(path: &Path) -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        // An unsigned lock may be about to be taken, and must not be blocked.
        let signed = file.metadata().ok()?.len() > 0;
        (signed && file.try_lock().is_ok()).then_some(Self { _file: file })
    }
}

/// Returns the signature of the holder; some systems do not let others read a locked file.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(300).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().into(),
        _ => "another process".into(),
    }
}

/// Returns the name of this machine.
pub fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_and_given_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let lock = Lock::take(&path).expect("free");
        let message = Lock::take(&path).expect_err("held").to_string();
        let place = folder.path().display().to_string();
        for part in [&place, &format!("process {} on ", std::process::id()), "gpu-ec eval"] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
        drop(lock);
        Lock::take(&path).expect("free again");
    }
}
