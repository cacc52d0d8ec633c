//! Vulkan drivers on Linux: the loader, the manifests that name drivers, and the libraries named there.

use std::path::{Path, PathBuf};

use super::{Check, Host};
use crate::gpu::AdapterSummary;

/// Manifest of a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icd {
    /// Path of the manifest.
    pub file: PathBuf,
    /// Library that it names, as it is loaded.
    pub library: Option<PathBuf>,
    /// Reason why the driver cannot be used, if it cannot.
    pub problem: Option<String>,
}

/// Returns all manifests that the Vulkan loader reads, in its order.
pub fn icds(host: &dyn Host) -> Vec<Icd> {
    manifests(host).into_iter().map(|file| icd(host, file)).collect()
}

/// Checks loader and drivers; returns nothing on other systems.
pub fn drivers(host: &dyn Host, adapters: &[AdapterSummary]) -> Vec<Check> {
    if host.system() != "linux" {
        return vec![];
    }
    let mut checks = vec![loader(host, adapters)];
    let icds = icds(host);
    if icds.is_empty() {
        checks.push(no_manifest(host, adapters));
    }
    checks.extend(icds.iter().map(driver));
    checks.extend(nvidia(host, &icds));
    checks
}

/// Returns a failure if there is no adapter, otherwise a warning.
fn bad(adapters: &[AdapterSummary], name: &'static str, found: String, advice: &str) -> Check {
    if adapters.is_empty() { Check::fail(name, found, advice) } else { Check::warn(name, found, advice) }
}

fn loader(host: &dyn Host, adapters: &[AdapterSummary]) -> Check {
    let name = "vulkan loader";
    let found = ["libvulkan.so.1", "libvulkan.so"].into_iter().find(|library| host.load(Path::new(library)).is_ok());
    match found {
        Some(library) => Check::ok(name, library),
        None => bad(adapters, name, "libvulkan.so.1 is not there".into(), "Debian, Ubuntu: apt-get install libvulkan1"),
    }
}

fn no_manifest(host: &dyn Host, adapters: &[AdapterSummary]) -> Check {
    let advice = match variable(host) {
        Some((variable, value)) => format!("{variable}={value} names no manifest that is there: correct or unset it"),
        None => "Debian, Ubuntu: apt-get install mesa-vulkan-drivers (Intel, AMD, and a software driver), or NVIDIA's own driver"
            .into(),
    };
    bad(adapters, "icd file", "no Vulkan driver is installed".into(), &advice)
}

fn driver(icd: &Icd) -> Check {
    let file = icd.file.display();
    match (&icd.problem, &icd.library) {
        (None, library) => {
            let library = library.as_ref().map_or(String::new(), |library| library.display().to_string());
            Check::ok("icd file", format!("{file} -> {library}"))
        }
        (Some(problem), _) => {
            let advice = "if that GPU is there and wanted, reinstall its driver's package";
            Check::warn("icd file", format!("{file}: {problem}"), advice)
        }
    }
}

/// Returns the variable that names manifests in place of the folders, with its value.
fn variable(host: &dyn Host) -> Option<(&'static str, String)> {
    let value = |name| host.variable(name).map(|value| (name, value));
    value("VK_DRIVER_FILES").or_else(|| value("VK_ICD_FILENAMES"))
}

/// Returns the manifests that the variables name, or else those in the folders of the loader's documentation.
fn manifests(host: &dyn Host) -> Vec<PathBuf> {
    let split = |text: &str| text.split(':').filter(|part| !part.is_empty()).map(PathBuf::from).collect::<Vec<_>>();
    let in_folder = |path: PathBuf| -> Vec<PathBuf> {
        if path.extension().is_some_and(|extension| extension == "json") {
            return vec![path];
        }
        let json = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "json");
        host.list(&path).into_iter().filter(json).collect()
    };
    if let Some((_, value)) = variable(host) {
        return split(&value).into_iter().flat_map(in_folder).filter(|file| host.exists(file)).collect();
    }
    let home = host.variable("HOME").map(PathBuf::from);
    let own = |name: &str, below: &str| {
        host.variable(name).map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(below)))
    };
    let shared = |name: &str, default: &str| split(&host.variable(name).unwrap_or_else(|| default.into()));
    let mut bases: Vec<PathBuf> = own("XDG_CONFIG_HOME", ".config").into_iter().collect();
    bases.extend(shared("XDG_CONFIG_DIRS", "/etc/xdg"));
    bases.push("/etc".into());
    bases.extend(own("XDG_DATA_HOME", ".local/share"));
    bases.extend(shared("XDG_DATA_DIRS", "/usr/local/share:/usr/share"));
    let added = host.variable("VK_ADD_DRIVER_FILES").map(|value| split(&value)).unwrap_or_default();
    let folders = bases.into_iter().map(|base| base.join("vulkan/icd.d"));
    let mut files: Vec<PathBuf> = added.into_iter().chain(folders).flat_map(in_folder).collect();
    let mut seen = std::collections::HashSet::new();
    files.retain(|file| host.exists(file) && seen.insert(file.clone()));
    files
}

fn icd(host: &dyn Host, file: PathBuf) -> Icd {
    let library = match library_of(host, &file) {
        Ok(library) => library,
        Err(problem) => return Icd { file, library: None, problem: Some(problem) },
    };
    let problem = host.load(&library).err().map(|error| format!("{} cannot be loaded: {error}", library.display()));
    Icd { file, library: Some(library), problem }
}

/// Returns the library that a manifest names: a path relative to the manifest if it has a slash, otherwise a name.
fn library_of(host: &dyn Host, file: &Path) -> Result<PathBuf, String> {
    let text = host.read(file).map_err(|error| format!("cannot be read: {error}"))?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| format!("is not JSON: {error}"))?;
    let library = json["ICD"]["library_path"].as_str().ok_or("names no ICD.library_path")?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    Ok(if library.contains('/') { folder.join(library) } else { library.into() })
}

/// Checks for NVIDIA's device nodes without its Vulkan driver, as in a container that was not given graphics.
fn nvidia(host: &dyn Host, icds: &[Icd]) -> Option<Check> {
    let is_node = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.strip_prefix("nvidia").is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
    };
    let nodes: Vec<PathBuf> = host.list(Path::new("/dev")).into_iter().filter(is_node).collect();
    let is_nvidia = |icd: &&Icd| icd.file.to_string_lossy().contains("nvidia");
    let (name, driver) = ("nvidia", icds.iter().find(is_nvidia));
    let driver_loaded = host.exists(Path::new("/proc/driver/nvidia/version"));
    if nodes.is_empty() {
        let advice = "start the container with `--gpus all -e NVIDIA_DRIVER_CAPABILITIES=all`";
        let lost = driver_loaded && in_container(host);
        return lost.then(|| {
            Check::warn(name, "the host has an NVIDIA driver, but this container no device nodes of it", advice)
        });
    }
    let capabilities = host.variable("NVIDIA_DRIVER_CAPABILITIES");
    let has_graphics =
        capabilities.as_ref().is_some_and(|list| list.split(',').any(|one| ["all", "graphics"].contains(&one.trim())));
    let found = format!("{} GPU node(s)", nodes.len());
    let problem = match driver {
        Some(Icd { problem: None, .. }) => return Some(Check::ok(name, format!("{found}, and a Vulkan driver"))),
        Some(Icd { problem: Some(problem), .. }) => format!("{found}, but {problem}"),
        None => format!("{found}, but no Vulkan driver of NVIDIA's (nvidia_icd.json)"),
    };
    let problem = match capabilities {
        Some(list) => format!("{problem}; NVIDIA_DRIVER_CAPABILITIES={list}"),
        None => problem,
    };
    let advice = match (in_container(host), has_graphics) {
        (true, false) => {
            "the container was given computing without graphics, and Vulkan belongs to graphics: start it with \
             `--gpus all -e NVIDIA_DRIVER_CAPABILITIES=all`"
        }
        (true, true) => {
            "the NVIDIA container toolkit should have brought the driver: update it (nvidia-ctk), and install libvulkan1 and \
             libxext6 in the image"
        }
        (false, _) => {
            "install the package of NVIDIA's driver with its graphics libraries (Debian, Ubuntu: libnvidia-gl-...)"
        }
    };
    Some(Check::warn(name, problem, advice))
}

pub(super) fn in_container(host: &dyn Host) -> bool {
    let marks = ["/.dockerenv", "/run/.containerenv"];
    marks.iter().any(|mark| host.exists(Path::new(mark)))
        || host.variable("container").is_some()
        || host.variable("KUBERNETES_SERVICE_HOST").is_some()
}
