//! The doctor and its program on the machine that the tests run on.

use super::expect;
use crate::support::arrays::Files;
use crate::support::program::{gpu_ec, succeed};
use gpu_ec::{
    doctor::{Verdict, kernel, test_kernel},
    gpu::{Gpu, Selector},
};

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
