//! The program from outside: help, exit codes, streams. Nothing here needs a device.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use gpu_ec::{
    config::{Config, fields, presets},
    report::RunDir,
};

fn program() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("gpu-ec"));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Runs what is wrong usage: exit code 2, nothing on stdout, all `parts` on stderr.
fn refused(arguments: &[&str], parts: &[&str]) {
    let output = run(arguments);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert_eq!(stdout(&output), "", "{arguments:?} keeps stdout clean");
    for part in parts {
        assert!(message.contains(part), "{arguments:?} should mention {part:?}:\n{message}");
    }
}

/// A run directory in which nothing happened yet.
fn begun(folder: &Path) -> String {
    let path = folder.join("run");
    let config = Config::default();
    RunDir::choose(Some(&path), &config).and_then(|dir| dir.create(&config)).expect("a run directory");
    path.display().to_string()
}

#[test]
fn help_teaches() {
    let output = run(&["--help"]);
    let text = stdout(&output);
    assert!(output.status.success(), "--help is no mistake");
    for part in [
        "run",
        "eval",
        "bench",
        "rollout",
        "inspect",
        "devices",
        "presets",
        "--quiet",
        "--log",
        "Examples:",
        "NO_COLOR",
        "130 interrupted with a checkpoint",
        "131 stopped at once by another signal",
    ] {
        assert!(text.contains(part), "help should mention {part:?}:\n{text}");
    }
    assert!(!text.contains("generate"), "the hidden subcommand is hidden:\n{text}");
    for command in ["run", "eval", "compare", "plot", "spikes", "bench", "rollout", "inspect", "presets"] {
        let text = stdout(&run(&[command, "--help"]));
        assert!(text.contains("Examples:"), "{command} --help has examples:\n{text}");
    }
    assert!(stdout(&run(&["--version"])).starts_with("gpu-ec "), "version");
}

#[test]
fn wrong_usage_is_refused() {
    refused(&[], &["Usage:"]);
    refused(&["fly"], &["unrecognized subcommand"]);
    refused(&["run"], &["<FILE>"]);
    refused(&["run", "hopper", "--resume", "x"], &["cannot be used with"]);
    refused(&["run", "--resume", "x", "--out", "y"], &["cannot be used with"]);
    refused(&["run", "hoper.ron"], &["`hoper.ron` is neither a file nor a preset", "did you mean `hopper`?"]);
    refused(&["run", "hopper", "--from", "none.safetensors"], &["there is no file none.safetensors"]);
    refused(&["run", "--resume", "none"], &["none is not a run directory"]);
    refused(&["run", "hopper", "--log", "loud"], &["--log", "warn"]);
    refused(&["bench", "hopper", "--population", "1"], &["--population"]);
    refused(&["bench", "hopper", "--seconds", "0"], &["above 0"]);
    refused(&["bench", "hopper", "--part", "soul"], &["all", "physics", "policy"]);
    refused(&["bench", "hopper", "--steps", "5000", "--json"], &["task.episode_length = 1000"]);
    refused(&["eval", "none", "--json"], &["there is no run directory or checkpoint none"]);
    refused(&["presets", "hoper"], &["did you mean hopper?"]);
}

#[test]
fn configuration_mistakes_are_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("broken.ron");
    std::fs::write(&file, "(\n    task: Hopper(),\n    network: Rsnn(neurons: 100),\n    algorithm: Ec(),\n)\n")
        .expect("a file");
    let path = file.display().to_string();
    refused(&["run", &path], &["broken.ron:3:28", "network: Rsnn(neurons: 100)", "^^^", "multiple of 32"]);
    refused(&["inspect", &path], &["broken.ron:3:28"]);
    refused(&["bench", &path, "--json"], &["broken.ron:3:28"]);
    refused(&["run", "hopper", "--set", "network.nuerons=64"], &["--set:1:9", "did you mean `neurons`?"]);
}

#[test]
fn run_directories_are_protected() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = begun(folder.path());
    refused(&["run", "hopper", "--out", &dir], &["exists already", &format!("--resume {dir}")]);
    let empty = folder.path().display().to_string();
    refused(&["run", "hopper", "--out", &empty], &["exists already", "no run that could go on"]);
    refused(&["run", "--resume", &empty], &["not a run directory", "no config.ron"]);
    refused(&["eval", &dir], &["has no checkpoint yet"]);
    let sets = ["--set", "seed=4", "--set", "generations=5", "--set", "algorithm.population=7"];
    let mut arguments = vec!["run", "--resume", &dir];
    arguments.extend(sets);
    refused(&arguments, &["seed: 0 -> 4", "algorithm.population: 10240 -> 7", "generations, stop, evaluation"]);
    let message = stderr(&run(&arguments));
    assert!(!message.contains("generations: 1000"), "what is allowed is not complained about:\n{message}");
}

/// A robot file in words and as JSON: MuJoCo's own constants, what each element became, what was skipped.
#[test]
fn robots_are_inspected() {
    let robot = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/robots/hopper.xml");
    let json: serde_json::Value = serde_json::from_str(&stdout(&run(&["inspect", robot, "--json"]))).expect("JSON");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/reference/hopper_model.json");
    let golden: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(golden).expect("golden data")).expect("JSON");
    let near = |found: &serde_json::Value, expected: &serde_json::Value| {
        let (found, expected) = (found.as_f64().expect("a number"), expected.as_f64().expect("a number"));
        assert!((found - expected).abs() <= 1e-9 * (1.0 + expected.abs()), "{found} instead of {expected}");
    };
    for body in 0..5 {
        near(&json["bodies"][body]["mass"], &golden["body_mass"][body]);
        near(&json["bodies"][body]["inertia"][1], &golden["body_inertia"][body][1]);
        assert_eq!(json["bodies"][body]["parent"], golden["body_parentid"][body], "parent of body {body}");
        assert_eq!(json["bodies"][body]["name"], golden["names"]["body"][body], "name of body {body}");
    }
    near(&json["joints"][5]["range"][0], &golden["jnt_range"][5][0]);
    assert!(json["joints"][0]["range"].is_null(), "the root slides freely");
    assert_eq!(json["pairs"].as_array().map(Vec::len), Some(7), "pairs that can touch");
    let text = stdout(&run(&["inspect", robot]));
    for part in ["qpos 6, qvel 6, act 0, ctrl 3", "0.002 s, RK4", "thigh_joint", "qpos 3, dof 3", "ctrl 2", "can touch"]
    {
        assert!(text.contains(part), "{part}:\n{text}");
    }

    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writable");
        path.display().to_string()
    };
    let body = "<body><joint type=\"slide\"/><geom size=\"1\"/><camera/><light/></body>";
    let harmless = write("a.xml", &format!("<mujoco><asset/><worldbody><light/>{body}</worldbody><sensor/></mujoco>"));
    let skipped: serde_json::Value =
        serde_json::from_str(&stdout(&run(&["inspect", &harmless, "--json"]))).expect("JSON");
    let count = |tag: &str| {
        let rows = skipped["skipped"].as_array().expect("rows");
        rows.iter().find(|row| row["element"] == tag).map(|row| row["count"].as_u64().expect("a number"))
    };
    assert_eq!(
        [count("light"), count("camera"), count("asset"), count("sensor")],
        [Some(2), Some(1), Some(1), Some(1)]
    );
    let tables = stdout(&run(&["inspect", &harmless]));
    assert!(tables.contains("<light>") && tables.contains("joint 0"), "{tables}");
    let options = "<option solver=\"PGS\"><flag energy=\"enable\"/></option>";
    let lossy = write("b.xml", &format!("<mujoco>{options}<worldbody>{body}</worldbody></mujoco>"));
    let tables = stdout(&run(&["inspect", &lossy]));
    for part in ["<flag> energy", "<option> solver", "MuJoCo's PGS stops short"] {
        assert!(tables.contains(part), "{part}:\n{tables}");
    }

    refused(&["inspect", robot, "--wgsl", "task.step"], &["--wgsl needs a configuration"]);
}

/// A plan as JSON says what its text says, of networks that evolve and of arms that learn by gradients.
#[test]
fn a_plan_is_json() {
    for (preset, pass, id) in
        [("cartpole", "task.step", "cartpole@1"), ("arm_balance_gradient", "arms.iterate", "arm_balance@1")]
    {
        let plan: serde_json::Value =
            serde_json::from_str(&stdout(&run(&["inspect", preset, "--json"]))).expect("JSON");
        assert_eq!(plan["task"]["id"], id, "{preset}");
        let passes = plan["passes"].as_array().expect("rows");
        let row = passes.iter().find(|row| row["name"] == pass).expect("a pass");
        let wgsl = stdout(&run(&["inspect", preset, "--wgsl", pass]));
        assert_eq!(row["wgsl_bytes"], wgsl.len(), "{preset}: length of {pass}");
        assert!(wgsl.contains(&format!("fn {}(", row["entry"].as_str().expect("a name"))), "{preset}: the entry point");
        let buffers = plan["buffers"].as_array().expect("rows");
        let bytes: u64 = buffers.iter().map(|row| row["bytes"].as_u64().expect("a number")).sum();
        assert_eq!(plan["device_bytes"], bytes, "{preset}: bytes of all buffers");
        let text = stdout(&run(&["inspect", preset]));
        assert!(text.contains(&format!("({bytes} bytes)")) && text.contains(pass), "{preset}: {text}");
        assert!(text.starts_with(plan["configuration"].as_str().expect("RON")), "{preset}: the configuration");
    }
    refused(&["inspect", "cartpole", "--json", "--wgsl", "task.step"], &["cannot be used with"]);
}

/// A backend that is not built in is named, wherever a device is looked for.
#[test]
fn backends_that_are_not_built_in_are_refused() {
    for arguments in [&["devices"][..], &["inspect", "cartpole"]] {
        let output = program().args(arguments).env("WGPU_BACKEND", "gl").output().expect("the program starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let message = stderr(&output);
        assert!(message.contains("WGPU_BACKEND=gl names a backend that is not built in"), "{message}");
    }
}

#[test]
fn presets_are_printed() {
    let list = stdout(&run(&["presets"]));
    for preset in presets() {
        assert!(list.contains(preset.name) && list.contains(preset.summary), "{} is listed:\n{list}", preset.name);
        let output = run(&["presets", preset.name]);
        assert_eq!(stdout(&output), preset.text, "{} is printed as it is", preset.name);
        assert_eq!(stderr(&output), "", "and nothing else");
    }
    assert_eq!(run(&["presets", "hopper.ron"]).stdout, run(&["presets", "hopper"]).stdout, "with and without .ron");
    let text = stdout(&run(&["presets", "--fields"]));
    for field in fields() {
        assert!(
            text.contains(&format!("{}\n", field.path)) || text.contains(&format!("{} [", field.path)),
            "{field:?}"
        );
    }
}

#[test]
fn colours_obey_the_environment() {
    let coloured = |name: &str, value: &str| {
        let output = program().args(["run", "hopper", "--set", "seed=x"]).env(name, value).output();
        stderr(&output.expect("the program starts")).contains('\x1b')
    };
    assert!(coloured("CLICOLOR_FORCE", "1"), "colours are there at all");
    assert!(!coloured("NO_COLOR", "1"), "NO_COLOR");
    assert!(!coloured("X", "1"), "not in a pipe");
}

#[test]
fn packages_get_completions_and_man_pages() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&run(&["generate", "completions", shell])).contains("gpu-ec"), "{shell}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("man").display().to_string();
    assert!(run(&["generate", "man", &path]).status.success(), "man pages");
    for page in ["gpu-ec.1", "gpu-ec-run.1", "gpu-ec-bench.1"] {
        let text = std::fs::read_to_string(folder.path().join("man").join(page)).expect(page);
        assert!(text.starts_with(".ie") || text.contains(".TH"), "{page} is a man page");
    }
}

/// `gpu-ec presets --fields | head -0` must not panic.
#[test]
fn closed_output_is_no_failure() {
    let mut child = program()
        .args(["presets", "--fields"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "silence");
}
