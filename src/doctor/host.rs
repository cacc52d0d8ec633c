//! Access to the machine that the doctor examines.

use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

/// Maximum number of bytes read from a file.
const LARGEST: u64 = 1 << 16;

/// Machine: its environment, its files, and what may be opened and written.
pub trait Host {
    /// Returns an environment variable, unless it is empty.
    fn variable(&self, name: &str) -> Option<String>;
    /// Returns the operating system: `linux`, `macos`, `windows`.
    fn system(&self) -> &str;
    /// Returns files and folders in a folder, sorted; none if it does not exist.
    fn list(&self, folder: &Path) -> Vec<PathBuf>;
    /// Returns true if the path exists.
    fn exists(&self, path: &Path) -> bool;
    /// Returns the start of a text file.
    fn read(&self, path: &Path) -> io::Result<String>;
    /// Opens a device node to read and write, and closes it.
    fn open_node(&self, path: &Path) -> io::Result<()>;
    /// Loads a library by path or name, like a driver. Returns the system's message if that fails.
    fn load(&self, library: &Path) -> Result<(), String>;
    /// Writes a small file into a folder, and removes it.
    fn write_to(&self, folder: &Path) -> io::Result<()>;
    /// Returns the free space in a folder, bytes.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;
    /// Returns the folder for runs.
    fn working_folder(&self) -> PathBuf;
    /// Returns the folder for compiled kernels, if there is one.
    fn cache_folder(&self) -> Option<PathBuf>;
}

/// This machine, or a folder that holds the files of another one. In the latter case paths start there, and libraries
/// are only looked up, not loaded.
#[derive(Debug, Clone)]
pub struct ThisHost {
    root: PathBuf,
}

impl ThisHost {
    /// Returns this machine, or the one whose files are in `root`.
    pub fn at(root: Option<&Path>) -> Self {
        Self { root: root.map_or_else(|| PathBuf::from("/"), Path::to_path_buf) }
    }

    fn is_this(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Returns true if the files include a library: at its path, or by its name where loaders look.
    fn holds(&self, library: &Path) -> bool {
        if library.components().count() > 1 {
            return self.exists(library);
        }
        let folders = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
        let by_machine = ["/lib", "/usr/lib"].map(|folder| self.list(Path::new(folder))).concat();
        let by_machine = by_machine.into_iter().filter(|path| path.to_string_lossy().ends_with("-linux-gnu"));
        folders.into_iter().chain(by_machine).any(|folder| self.exists(&folder.join(library)))
    }

    fn place(&self, path: &Path) -> PathBuf {
        if self.is_this() { path.into() } else { self.root.join(path.strip_prefix("/").unwrap_or(path)) }
    }
}

impl Host for ThisHost {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn system(&self) -> &str {
        std::env::consts::OS
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.place(folder)).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| folder.join(entry.file_name())).collect();
        paths.sort();
        paths
    }

    fn exists(&self, path: &Path) -> bool {
        self.place(path).exists()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        let mut text = String::new();
        fs::File::open(self.place(path))?.take(LARGEST).read_to_string(&mut text)?;
        Ok(text)
    }

    fn open_node(&self, path: &Path) -> io::Result<()> {
        fs::OpenOptions::new().read(true).write(true).open(self.place(path)).map(|_| ())
    }

    fn load(&self, library: &Path) -> Result<(), String> {
        if !self.is_this() {
            return if self.holds(library) { Ok(()) } else { Err("no such file".into()) };
        }
        // SAFETY: the Vulkan loader loads the same files by the same names, and would run the same initialisers.
        let loaded = unsafe { libloading::Library::new(library) };
        // A driver that is unloaded again may leave threads behind, so it stays loaded.
        loaded.map(std::mem::forget).map_err(|error| error.to_string())
    }

    fn write_to(&self, folder: &Path) -> io::Result<()> {
        use io::Write;
        let mut file = tempfile::NamedTempFile::new_in(self.place(folder))?;
        file.write_all(&[0; 4096])?;
        file.close()
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        fs4::available_space(self.place(folder))
    }

    fn working_folder(&self) -> PathBuf {
        std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
    }

    fn cache_folder(&self) -> Option<PathBuf> {
        crate::gpu::Cache::of_user().folder().map(Path::to_path_buf)
    }
}
