//! One writer a run directory: a lock of the operating system, which ends with the process however that ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

use super::Error;

/// Held while this process writes to a run directory.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `path`, a file that is created, and writes into it who holds it.
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

    /// Takes the lock of `path` if it was signed, by whoever is gone now; `None` where it is held, or nobody has signed
    /// it.
    pub(crate) fn inherit(path: &Path) -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        // one that is not signed may be about to be taken: it must not be in the way
        let signed = file.metadata().ok()?.len() > 0;
        (signed && file.try_lock().is_ok()).then_some(Self { _file: file })
    }
}

/// Returns who signed the lock; some systems let nobody else read a locked file.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(300).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().into(),
        _ => "another process".into(),
    }
}

fn host() -> String {
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
