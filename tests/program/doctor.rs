//! The doctor on machines that are not here: containers without graphics, missing drivers, closed device nodes, full
//! disks, weak adapters; and the program on this one.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use crate::support::arrays::Files;
use crate::support::program::{gpu_ec, succeed};
use gpu_ec::{
    config,
    doctor::{
        Check, Host, Verdict, adapters, disk, drivers, icds, kernel, limits, memory, nodes, test_kernel, watchdog,
    },
    gpu::{AdapterSummary, Gpu, Limits, Selector},
    run::evolution::engine::Engine,
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

#[test]
fn a_driver_that_computes_wrongly_fails() {
    let software = |driver: &str| AdapterSummary { driver: driver.into(), ..adapter("software") };
    let check = |driver: &str| adapters(&[software(driver)], &Selector::Best);
    let old = "llvmpipe Mesa 22.3.6 (LLVM 15.0.6)";
    expect(
        &check(old),
        Verdict::Fail,
        old,
        "the software driver of Mesa 22.3.6 computes steps of robots and of arms wrongly",
    );
    let new = "llvmpipe Mesa 25.0.7-2 (LLVM 15.0.6)";
    expect(&check(new), Verdict::Warn, new, "correct but slower than a GPU");
    assert_eq!(AdapterSummary { driver: "radv Mesa 22.3.6".into(), ..adapter("discrete") }.distrust(), None, "a GPU's");
}

#[test]
fn a_healthy_machine_has_nothing_to_mend() {
    let (host, gpu) = (Machine::healthy(), [adapter("discrete")]);
    let mut checks = adapters(&gpu, &Selector::Best);
    checks.extend(drivers(&host, &gpu));
    checks.extend(nodes(&host, &gpu));
    checks.extend(disk(&host));
    checks.push(watchdog(&host, &gpu[0]));
    assert!(checks.len() >= 7, "{checks:#?}");
    assert!(checks.iter().all(|check| check.verdict == Verdict::Ok), "{checks:#?}");
}

#[test]
fn an_nvidia_container_without_graphics_is_told_how_to_start() {
    let container = Machine::healthy().without("/dev/dri/renderD128").with(|machine| {
        machine.file("/.dockerenv", "");
        machine.file("/dev/nvidia0", "");
        machine.file("/dev/nvidiactl", "");
        machine.variables.insert("NVIDIA_DRIVER_CAPABILITIES", "compute,utility".into());
    });
    let checks = drivers(&container, &[adapter("software")]);
    let advice = "--gpus all -e NVIDIA_DRIVER_CAPABILITIES=all";
    expect(&checks, Verdict::Warn, "1 GPU node(s), but no Vulkan driver of NVIDIA's", advice);
    expect(&checks, Verdict::Warn, "NVIDIA_DRIVER_CAPABILITIES=compute,utility", advice);

    let graphics = container.clone().with(|machine| {
        machine.variables.insert("NVIDIA_DRIVER_CAPABILITIES", "compute, graphics".into());
        machine.icd("/etc/vulkan/icd.d/nvidia_icd.json", "libGLX_nvidia.so.0");
        machine.broken.insert("libGLX_nvidia.so.0".into(), "libXext.so.6: cannot open shared object file");
    });
    expect(
        &drivers(&graphics, &[]),
        Verdict::Warn,
        "but libGLX_nvidia.so.0 cannot be loaded: libXext.so.6",
        "libxext6",
    );
    let mended = graphics.with(|machine| {
        machine.broken.clear();
        machine.libraries.insert("libGLX_nvidia.so.0".into());
    });
    expect(&drivers(&mended, &[adapter("discrete")]), Verdict::Ok, "and a Vulkan driver", "");

    let forgotten = Machine::healthy().with(|machine| {
        machine.file("/run/.containerenv", "");
        machine.file("/proc/driver/nvidia/version", "550");
    });
    expect(&drivers(&forgotten, &[]), Verdict::Warn, "no device nodes", "--gpus all");
    let bare = Machine::healthy().with(|machine| machine.file("/dev/nvidia0", ""));
    expect(&drivers(&bare, &[]), Verdict::Warn, "no Vulkan driver of NVIDIA's", "libnvidia-gl");
}

#[test]
fn missing_and_broken_drivers_are_named() {
    let none = Machine::healthy().without("/usr/share/vulkan/icd.d/radeon_icd.json");
    expect(&drivers(&none, &[]), Verdict::Fail, "no Vulkan driver is installed", "mesa-vulkan-drivers");
    expect(
        &drivers(&none, &[adapter("discrete")]),
        Verdict::Warn,
        "no Vulkan driver is installed",
        "mesa-vulkan-drivers",
    );

    let no_loader = Machine::healthy().with(|machine| machine.libraries.clear());
    let checks = drivers(&no_loader, &[]);
    expect(&checks, Verdict::Fail, "libvulkan.so.1 is not there", "libvulkan1");
    expect(&checks, Verdict::Warn, "libvulkan_radeon.so cannot be loaded: no such file", "reinstall");

    let odd = Machine::healthy().with(|machine| {
        machine.file("/etc/vulkan/icd.d/a.json", "{");
        machine.file("/etc/vulkan/icd.d/b.json", "{\"ICD\": {}}");
        machine.file("/etc/vulkan/icd.d/readme.txt", "no manifest");
    });
    let checks = drivers(&odd, &[]);
    expect(&checks, Verdict::Warn, "/etc/vulkan/icd.d/a.json: is not JSON", "reinstall");
    expect(&checks, Verdict::Warn, "/etc/vulkan/icd.d/b.json: names no ICD.library_path", "reinstall");
    assert!(!checks.iter().any(|check| check.found.contains("readme")), "{checks:#?}");

    let pointed = Machine::healthy().with(|machine| {
        machine.variables.insert("VK_DRIVER_FILES", "/none.json".into());
    });
    expect(&drivers(&pointed, &[]), Verdict::Fail, "no Vulkan driver", "VK_DRIVER_FILES=/none.json names no manifest");
    for system in ["windows", "macos"] {
        let other = none.clone().with(|machine| machine.system = if system == "windows" { "windows" } else { "macos" });
        assert_eq!((drivers(&other, &[]), nodes(&other, &[])), (vec![], vec![]), "{system} needs no Vulkan files");
    }
}

/// The order of the Vulkan loader's documentation; relative paths count from the manifest.
#[test]
fn manifests_are_found_where_the_loader_looks() {
    let mut machine = Machine::healthy();
    for file in ["/home/me/.config", "/etc/xdg", "/etc", "/home/me/.local/share", "/usr/local/share"] {
        machine.icd(&format!("{file}/vulkan/icd.d/x.json"), "../lib/x.so");
    }
    let files =
        |machine: &Machine| icds(machine).into_iter().map(|icd| icd.file.display().to_string()).collect::<Vec<_>>();
    assert_eq!(
        files(&machine),
        [
            "/home/me/.config/vulkan/icd.d/x.json",
            "/etc/xdg/vulkan/icd.d/x.json",
            "/etc/vulkan/icd.d/x.json",
            "/home/me/.local/share/vulkan/icd.d/x.json",
            "/usr/local/share/vulkan/icd.d/x.json",
            "/usr/share/vulkan/icd.d/radeon_icd.json",
        ]
    );
    let library = icds(&machine)[2].library.clone();
    assert_eq!(library.as_deref(), Some(Path::new("/etc/vulkan/icd.d/../lib/x.so")), "relative to the manifest");
    let set = |name: &'static str, value: &str| {
        let value = value.to_string();
        machine.clone().with(move |machine| {
            machine.variables.insert(name, value.clone());
        })
    };
    assert_eq!(files(&set("VK_ICD_FILENAMES", "/etc/vulkan/icd.d/x.json:/none.json")), ["/etc/vulkan/icd.d/x.json"]);
    assert_eq!(files(&set("VK_DRIVER_FILES", "/etc/xdg/vulkan/icd.d")), ["/etc/xdg/vulkan/icd.d/x.json"], "a folder");
    let added = files(&set("VK_ADD_DRIVER_FILES", "/etc/vulkan/icd.d/x.json"));
    assert_eq!((added[0].as_str(), added.len()), ("/etc/vulkan/icd.d/x.json", 6), "first, and once");
    assert!(files(&set("XDG_DATA_DIRS", "/opt")).iter().all(|file| !file.contains("/usr/")), "other folders");
}

#[test]
fn closed_device_nodes_are_opened_by_a_group() {
    let closed = Machine::healthy().with(|machine| {
        machine.closed.insert("/dev/dri/renderD128".into(), ErrorKind::PermissionDenied);
    });
    expect(&nodes(&closed, &[]), Verdict::Warn, "/dev/dri/renderD128 must not be opened", "usermod -aG render");
    let container = closed.with(|machine| machine.file("/.dockerenv", ""));
    expect(&nodes(&container, &[]), Verdict::Warn, "must not be opened", "--group-add");
    let gone = Machine::healthy().with(|machine| {
        machine.closed.insert("/dev/dri/renderD128".into(), ErrorKind::NotFound);
    });
    expect(&nodes(&gone, &[]), Verdict::Warn, "/dev/dri/renderD128:", "kernel driver");
    let none = Machine::healthy().without("/dev/dri/renderD128");
    expect(&nodes(&none, &[adapter("software")]), Verdict::Warn, "no GPU", "lspci");
    let container = none.clone().with(|machine| machine.file("/.dockerenv", ""));
    expect(&nodes(&container, &[]), Verdict::Warn, "no GPU", "--device /dev/dri");
    assert_eq!(nodes(&none, &[adapter("discrete")]), [], "a GPU that answers needs no node");
}

#[test]
fn full_and_closed_folders_are_named() {
    let with = |change: fn(&mut Machine)| disk(&Machine::healthy().with(change));
    let full = with(|machine| {
        machine.closed.insert("/home/me".into(), ErrorKind::StorageFull);
    });
    expect(&full, Verdict::Fail, "/home/me cannot be written", "--out");
    let little = with(|machine| {
        machine.free.insert("/home/me".into(), 10 << 20);
    });
    expect(&little, Verdict::Fail, "10.00 MiB are free", "64.00 MiB");
    let some = with(|machine| {
        machine.free.insert("/home/me".into(), 200 << 20);
    });
    expect(&some, Verdict::Warn, "200.00 MiB are free", "may fill");
    let closed = with(|machine| {
        machine.closed.insert("/home/me/.cache".into(), ErrorKind::ReadOnlyFilesystem);
    });
    expect(&closed, Verdict::Warn, "/home/me/.cache/gpu-ec cannot be written", "XDG_CACHE_HOME");
    let unknown = with(|machine| machine.free.clear());
    expect(&unknown, Verdict::Warn, "its free space is unknown", "df");
}

#[test]
fn memory_and_watchdogs_are_read() {
    let told = |text: &str| memory(&Machine::healthy().with(|machine| machine.file("/proc/meminfo", text)));
    let plenty = told("MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\n");
    expect(&[plenty], Verdict::Ok, "8.00 GiB of 16.00 GiB", "");
    expect(
        &[told("MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n")],
        Verdict::Warn,
        "512.00 MiB of 1.00 GiB",
        "smaller",
    );
    expect(&[told("nonsense")], Verdict::Ok, "does not tell", "");

    let dog = |text: &str| {
        let host = Machine::healthy().with(|m| m.file("/sys/module/amdgpu/parameters/lockup_timeout", text));
        watchdog(&host, &adapter("discrete"))
    };
    expect(&[dog("10000,60000\n")], Verdict::Ok, "10000,60000 ms", "");
    expect(&[dog("500\n")], Verdict::Warn, "500 ms", "lockup_timeout to 10000");
    expect(&[dog("\n")], Verdict::Ok, "10 s", "");
    let windows = Machine::healthy().with(|machine| machine.system = "windows");
    expect(&[watchdog(&windows, &adapter("integrated"))], Verdict::Ok, "2 s (TDR); submissions aim at 100 ms", "");
}

#[test]
fn adapters_are_chosen_and_measured_against_the_presets() {
    let one = |kind: &str| adapters(&[adapter(kind)], &Selector::Best);
    expect(&one("discrete"), Verdict::Ok, "0: Some GPU (discrete, vulkan, a driver), taken for runs", "");
    expect(&one("software"), Verdict::Warn, "0: Some GPU (software", "on the CPU");
    expect(&adapters(&[], &Selector::Best), Verdict::Fail, "no GPU adapter found", "drivers and device nodes");
    expect(&adapters(&[adapter("discrete")], &Selector::Index(7)), Verdict::Fail, "index 7", "gpu-ec devices");

    for kind in ["software", "discrete"] {
        let checks = limits(&adapter(kind));
        assert!(
            checks.iter().all(|check| check.verdict == Verdict::Ok),
            "every adapter's limits are enough: {checks:#?}"
        );
        assert!(checks[1].found.contains("humanoid: 8 of 8 storage buffers"), "{checks:#?}");
    }
    let weak = |change: fn(&mut Limits)| {
        let mut adapter = adapter("discrete");
        change(&mut adapter.limits);
        limits(&adapter)
    };
    expect(
        &weak(|l| l.storage_buffers = 4),
        Verdict::Fail,
        "hopper needs 8 storage buffers; the adapter has 4",
        "--gpu",
    );
    expect(&weak(|l| l.invocations = 128), Verdict::Fail, "256 invocations a workgroup; the adapter has 128", "--gpu");
    let memory = weak(|l| l.workgroup_bytes = 4096);
    expect(&memory, Verdict::Warn, "humanoid needs", "smaller network or robot");
    expect(&memory, Verdict::Ok, "hopper:", "");
    let bindings = weak(|l| l.binding_bytes = 1 << 10);
    expect(&bindings, Verdict::Fail, "binds at most 1024", "");
}

/// `run` itself refuses an adapter that has too little, with the numbers.
#[test]
fn a_weak_adapter_is_refused_with_the_numbers() {
    let mut gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver is installed");
    let config = config::load(config::find("cartpole").expect("a preset"), &[]).expect("a configuration");
    gpu.adapter.limits.storage_buffers = 5;
    let message = Engine::new(&gpu, &config).err().expect("refused").to_string();
    for part in ["kernel `", "storage buffers; adapter `", "has 5: take another device with --gpu"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn this_device_computes_what_the_host_does() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver is installed");
    expect(&[test_kernel(&gpu)], Verdict::Ok, "4096 words as computed by the host", "");
    assert_eq!(kernel::difference(&kernel::run(&gpu).expect("it runs")), None, "every word");
}

#[test]
fn the_program_says_whether_a_run_is_possible() {
    let json: serde_json::Value = serde_json::from_str(&succeed(&["doctor", "--json"])).expect("JSON");
    assert_eq!(json["possible"], true, "{json}");
    let names: Vec<&str> =
        json["checks"].as_array().expect("checks").iter().filter_map(|c| c["name"].as_str()).collect();
    for name in ["adapter", "limits", "test kernel", "watchdog", "working folder", "cache", "memory"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert!(json["adapters"][0]["limits"]["storage_buffers"].is_u64(), "{json}");
    let text = succeed(&["doctor"]);
    assert!(text.contains("test kernel") && text.ends_with("a run is possible\n"), "{text}");

    let output = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = gpu_ec(arguments).envs(variables.iter().copied()).output().expect("it starts");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    let none = [("VK_DRIVER_FILES", "/none.json"), ("VK_ICD_FILENAMES", "/none.json")];
    if cfg!(target_os = "linux") {
        let (code, text) = output(&["doctor"], &none);
        assert_eq!(code, Some(1), "{text}");
        for part in ["FAIL  adapter", "no GPU adapter found", "VK_DRIVER_FILES=/none.json", "no run is possible"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let files = Files::new();
        std::fs::create_dir_all(files.path("dev")).expect("a folder");
        files.write("dev/nvidia0", "");
        files.write(".dockerenv", "");
        let root = files.folder().to_str().expect("a plain path");
        let (_, text) = output(&["doctor", "--root", root], &[("NVIDIA_DRIVER_CAPABILITIES", "compute")]);
        assert!(text.contains("NVIDIA_DRIVER_CAPABILITIES=all") && text.contains("1 GPU node(s)"), "{text}");
    }
    let (code, text) = output(&["doctor", "--gpu", "no such device"], &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("no adapter matches name `no such device`"), "{text}");
}
