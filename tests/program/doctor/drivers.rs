//! Vulkan's loader, manifests and drivers: missing, broken, or kept out of a container.

use super::{Machine, adapter, expect};
use gpu_ec::doctor::{Verdict, drivers, icds, nodes};
use std::path::Path;

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
