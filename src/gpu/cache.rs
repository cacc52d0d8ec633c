//! Cache of compiled pipelines and choices between variants, in the user's cache folder. A missing, damaged or
//! unwritable file costs time, but never fails a run.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A folder of small files, each with a checksum.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// Uses the folder `gpu-ec` in the user's cache folder; keeps nothing if the system has none.
    pub fn of_user() -> Self {
        Self { folder: dirs::cache_dir().map(|folder| folder.join("gpu-ec")) }
    }

    /// Returns the folder, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Uses `folder`, which need not exist yet.
    pub fn at(folder: &Path) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// Returns the contents of the file `name`, if it exists; warns if it is damaged.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.folder.as_ref()?.join(name);
        let file = fs::read(&path).ok()?;
        let contents = checked(&file);
        if contents.is_none() {
            tracing::warn!("{} is damaged; it is ignored and will be written anew", path.display());
        }
        contents.map(<[u8]>::to_vec)
    }

    /// Writes the file `name` atomically.
    pub fn write(&self, name: &str, contents: &[u8]) {
        let Some(folder) = &self.folder else { return };
        let write = || -> io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&crc32fast::hash(contents).to_le_bytes())?;
            file.write_all(contents)?;
            file.persist(folder.join(name))?;
            Ok(())
        };
        if let Err(error) = write() {
            tracing::info!("{} cannot be written: {error}", folder.join(name).display());
        }
    }
}

/// Returns the contents after the checksum, if it matches.
fn checked(file: &[u8]) -> Option<&[u8]> {
    let (sum, contents) = file.split_first_chunk::<4>()?;
    (crc32fast::hash(contents).to_le_bytes() == *sum).then_some(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_is_damaged_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(&folder.path().join("new"));
        assert_eq!(cache.read("a"), None, "nothing is there yet");
        cache.write("a", b"contents");
        cache.write("a", b"other contents");
        assert_eq!(cache.read("a").as_deref(), Some(&b"other contents"[..]), "the last write counts");
        let path = folder.path().join("new/a");
        let file = fs::read(&path).expect("a file");
        for place in 0..file.len() {
            let mut damaged = file.clone();
            damaged[place] ^= 1;
            fs::write(&path, damaged).expect("writable");
            assert_eq!(cache.read("a"), None, "byte {place} differs");
        }
        fs::write(&path, &file[..3]).expect("writable");
        assert_eq!(cache.read("a"), None, "cut off");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_no_failure() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let cache = Cache::at(&file.path().join("below a file"));
        cache.write("a", b"contents");
        assert_eq!(cache.read("a"), None, "nothing was kept");
    }
}
