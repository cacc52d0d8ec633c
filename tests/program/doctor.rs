//! The doctor on machines that are not here: containers without graphics, missing drivers, closed device nodes, full
//! disks, weak adapters; and the program on this one.

mod adapters;
mod drivers;
mod here;
mod host;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use gpu_ec::{
    doctor::{Check, Host, Verdict},
    gpu::{AdapterSummary, Limits},
};

/// A machine made of lists.
#[derive(Clone)]
struct Machine {
    system: &'static str,
    variables: BTreeMap<&'static str, String>,
    files: BTreeMap<PathBuf, String>,
    /// Libraries that cannot be loaded, and why.
    broken: BTreeMap<PathBuf, &'static str>,
    libraries: BTreeSet<PathBuf>,
    closed: BTreeMap<PathBuf, ErrorKind>,
    free: BTreeMap<PathBuf, u64>,
}

impl Machine {
    /// A Linux machine with the Vulkan loader, a Mesa driver and room on its disk.
    fn healthy() -> Self {
        let mut machine = Self {
            system: "linux",
            variables: [("HOME", "/home/me".to_string())].into(),
            files: BTreeMap::new(),
            broken: BTreeMap::new(),
            libraries: ["libvulkan.so.1", "libvulkan_radeon.so"].map(PathBuf::from).into(),
            closed: BTreeMap::new(),
            free: [(PathBuf::from("/home/me"), 100 << 30)].into(),
        };
        machine.icd("/usr/share/vulkan/icd.d/radeon_icd.json", "libvulkan_radeon.so");
        machine.file("/dev/dri/renderD128", "");
        machine.file("/home/me/.cache/x", "");
        machine
    }

    fn file(&mut self, path: &str, text: &str) {
        self.files.insert(path.into(), text.into());
    }

    fn icd(&mut self, path: &str, library: &str) {
        let text = format!(
            r#"{{"file_format_version": "1.0.0", "ICD": {{"library_path": "{library}", "api_version": "1.3"}}}}"#
        );
        self.file(path, &text);
    }

    fn without(mut self, path: &str) -> Self {
        self.files.remove(Path::new(path)).expect("it was there");
        self
    }

    fn with(mut self, change: impl Fn(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Host for Machine {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
    fn system(&self) -> &str {
        self.system
    }
    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        self.files.keys().filter(|path| path.parent() == Some(folder)).cloned().collect()
    }
    fn exists(&self, path: &Path) -> bool {
        self.files.keys().any(|file| file.starts_with(path))
    }
    fn read(&self, path: &Path) -> io::Result<String> {
        self.files.get(path).cloned().ok_or_else(|| ErrorKind::NotFound.into())
    }
    fn open_node(&self, path: &Path) -> io::Result<()> {
        self.closed.get(path).map_or(Ok(()), |kind| Err((*kind).into()))
    }
    fn load(&self, library: &Path) -> Result<(), String> {
        match self.broken.get(library) {
            Some(why) => Err((*why).into()),
            None if self.libraries.contains(library) => Ok(()),
            None => Err("no such file".into()),
        }
    }
    fn write_to(&self, folder: &Path) -> io::Result<()> {
        self.closed.get(folder).map_or(Ok(()), |kind| Err((*kind).into()))
    }
    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        self.free.get(folder).copied().ok_or_else(|| ErrorKind::Unsupported.into())
    }
    fn working_folder(&self) -> PathBuf {
        "/home/me".into()
    }
    fn cache_folder(&self) -> Option<PathBuf> {
        Some("/home/me/.cache/gpu-ec".into())
    }
}

fn adapter(kind: &str) -> AdapterSummary {
    AdapterSummary {
        index: 0,
        name: "Some GPU".into(),
        kind: kind.into(),
        backend: "vulkan".into(),
        pci: String::new(),
        driver: "a driver".into(),
        limits: Limits {
            storage_buffers: 8,
            workgroup_bytes: 32 << 10,
            invocations: 256,
            binding_bytes: 128 << 20,
            buffer_bytes: 256 << 20,
        },
        subgroup: 0,
        int64: false,
    }
}

/// The check that says `part`, with its verdict and a part of its advice.
fn expect(checks: &[Check], verdict: Verdict, part: &str, advice: &str) {
    let check = checks.iter().find(|check| check.found.contains(part));
    let check = check.unwrap_or_else(|| panic!("nothing says {part:?}: {checks:#?}"));
    assert_eq!(check.verdict, verdict, "{check:?}");
    assert!(check.advice.clone().unwrap_or_default().contains(advice), "{advice:?} is not the advice of {check:?}");
    assert_eq!(check.advice.is_none(), verdict == Verdict::Ok, "what is not well has advice: {check:?}");
}
