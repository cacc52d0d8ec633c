//! Configuration files, and `--set`.

use super::row::File;
use super::row::Row;
use super::row::broken;
use super::row::rows;
use crate::support::sound::CONFIG;
use crate::support::sound::ROBOT;

/// `CONFIG` with one more line, which is line 5.
fn line(line: &str) -> String {
    CONFIG.replace("300),\n", &format!("300),\n    {line}\n"))
}

/// A configuration that asks for forward sensitivities.
fn gradients(task: &str, learning: &str) -> String {
    format!(
        "(\n    task: {task},\n    network: Reservoir(),\n    algorithm: ForwardSensitivity({learning}),\n    curriculum: None,\n)\n"
    )
}

fn own(robot: &str) -> String {
    CONFIG.replace("CartPole()", &format!("Locomotion(robot: \"{robot}\")"))
}

/// A file `a.ron` that `gpu-ec inspect` refuses.
fn file(name: &'static str, text: impl Into<Vec<u8>>, parts: &[&str]) -> Row {
    broken(name, &["inspect", "a.ron"], &[&["a.ron"], parts].concat()).with("a.ron", text)
}

/// A sound file and a setting that is refused.
fn set(name: &'static str, setting: &str, parts: &[&str]) -> Row {
    broken(name, &["inspect", "a.ron", "--set", setting], parts).with("a.ron", CONFIG)
}

/// A run whose checkpoint is empty, evaluated with a setting.
fn evaluated(name: &'static str, setting: &str, parts: &[&str]) -> Row {
    broken(name, &["eval", "run", "--set", setting], parts)
        .with("run/config.ron", line("curriculum: (start_length: 100),"))
        .with("run/checkpoints/best.safetensors", "")
}

pub fn table() -> Vec<Row> {
    [texts(), files(), settings(), robots()].concat()
}

fn texts() -> Vec<Row> {
    let nested = |open: &str, count: usize| line(&format!("seed: {}", open.repeat(count)));
    rows([
        file("an empty configuration", "", &["a.ron:1:1", "expected a value"]),
        file("a list for a number", line("seed: [1],"), &["a.ron:5:11", "`seed` cannot be `[1]`"]),
        file("a configuration cut off", &CONFIG[..40], &["a.ron:3:", "the text ends inside parentheses"]),
        file("an unknown field", line("sede: 1,"), &["a.ron:5:5", "did you mean `seed`?"]),
        file("a field twice", line("seed: 1, seed: 2,"), &["a.ron:5:14", "`seed` is given twice"]),
        file("a text for a number", line("generations: \"ten\","), &["a.ron:5:18", "expected whole number"]),
        file("a number out of range", line("generations: 0,"), &["a.ron:5:18", "expected 1 to 4294967295"]),
        file(
            "real weights for EC",
            CONFIG.replace("Rsnn(", "Gru(").replace("neurons", "units"),
            &["`network` = Gru(...) and `algorithm` = Ec(...) exclude each other", "weights: OneBit"],
        ),
        file(
            "an odd population of pairs",
            CONFIG.replace("Ec(population: 300)", "Es(population: 301)"),
            &["a.ron:4:", "`algorithm.population` is out of range: 301", "a multiple of 2"],
        ),
        file(
            "a rank of bits",
            CONFIG.replace("Ec(population: 300)", "Es(population: 300, rank: 1)"),
            &["a.ron:4:", "`algorithm.rank` = 1 and `network` = Rsnn(...) exclude each other"],
        ),
        file(
            "gradients of a network without derivatives",
            CONFIG.replace("Ec(population: 300)", "ForwardSensitivity()"),
            &["a.ron:3:", "exclude each other", "teaches the network Reservoir alone"],
        ),
        broken(
            "a population beyond the memory there is",
            &["run", "a.ron", "--out", "o", "--quiet", "--set", "algorithm.population=134217728"],
            &["134217728 members need", "100 bytes each", "ask for fewer"],
        )
        .with("a.ron", CONFIG),
        file("gradients of another task", gradients("CartPole()", ""), &["teaches arms of the task ArmBalance alone"]),
        file(
            "a network out of step with its arm",
            gradients("ArmBalance(frame_skip: 8)", ""),
            &["`network.sim_time_ms` = 5.0 (the default) and `task.frame_skip` = 8", "a step of the arm takes 1.25 ms"],
        ),
        file(
            "gradients of another integrator",
            gradients("ArmBalance(integrator: Rk4)", ""),
            &["`task.integrator` = Rk4", "Euler's step alone"],
        ),
        file(
            "half a window",
            gradients("ArmBalance()", "window: 30"),
            &["`algorithm.window` = 30", "a whole number of windows"],
        ),
        file(
            "a tendon without a muscle",
            gradients("ArmBalance()", "tendon_ratios: [0.5, 1.0]"),
            &["`algorithm.tendon_ratios[1]` is out of range: 1.0"],
        ),
        file(
            "start angles the wrong way round",
            gradients("ArmBalance(reset_angle_from: 1.0)", ""),
            &["`task.reset_angle_from` = 1.0 and `task.reset_angle_to` = 0.6"],
        ),
        file("a number beyond 64 bits", line("seed: 18446744073709551616,"), &["a.ron:5:11", "18446744073709551615"]),
        file(
            "no number at all",
            line("normaliser: (clip: NaN),"),
            &["a.ron:5:24", "`normaliser.clip` is out of range"],
        ),
        file("an infinite number", line("normaliser: (clip: -inf),"), &["a.ron:5:24", "1e-12 <= x <= 1e12"]),
        file("a number beyond 32 bits", line("normaliser: (clip: 1e39),"), &["a.ron:5:24", "1e-12 <= x <= 1e12"]),
        file("a number of a million digits", line(&format!("seed: {},", "9".repeat(1_000_000))), &["a.ron:5:11"]),
        file(
            "a name of a million letters",
            line(&format!("{}: 1,", "x".repeat(1_000_000))),
            &["a.ron:5:5", "unknown field"],
        ),
        file("parentheses within others", nested("(", 100_000), &["a.ron:5:", "nested too deeply"]),
        file("brackets within others", nested("[", 100_000), &["a.ron:5:", "nested too deeply"]),
        file("comments within others", line(&"/*".repeat(100_000)), &["a.ron:5:5", "comment without an end"]),
        file("a hundred thousand unknown fields", line(&"x:1,".repeat(100_000)), &["a.ron:5:9", "99989 more mistakes"]),
        file("a control character", line("seed: \u{0},"), &["a.ron:5:11", "expected a value"]),
        file(
            "a wide line with the mistake at its end",
            line(&format!("/*{}*/ sede: 1,", "\u{1f600}".repeat(9000))),
            &["a.ron:5:9010"],
        ),
    ])
}

fn files() -> Vec<Row> {
    let cases = rows([
        broken("no configuration", &["inspect", "none.ron"], &["none.ron", "neither a file nor a preset"]),
        broken("a folder for a configuration", &["inspect", "a.ron"], &["a.ron", "is a folder"])
            .file("a.ron", File::Folder),
        file("binary rubbish", (0..=255).cycle().take(5000).collect::<Vec<u8>>(), &["cannot read", "UTF-8"]),
        file("a robot for a configuration", ROBOT, &["a.ron:1:1", "expected a value"]),
        file("a configuration of two MiB", " ".repeat(2 << 20), &["is too long", "1048576 bytes"]),
        broken("a sparse configuration", &["inspect", "a.ron"], &["a.ron is too long"])
            .file("a.ron", File::Sparse(b"(".to_vec(), 1 << 40)),
        broken("a run directory with a broken configuration", &["run", "--resume", "run"], &["run/config.ron:1:1"])
            .with("run/config.ron", "{}"),
        broken("a run directory with a folder for a configuration", &["eval", "run"], &["run", "has no config.ron"])
            .file("run/config.ron", File::Folder),
    ]);
    let pipe = broken("a pipe for a configuration", &["inspect", "a.ron"], &["a.ron", "is not a regular file"]);
    [cases, if cfg!(unix) { vec![pipe.file("a.ron", File::Pipe)] } else { vec![] }].concat()
}

fn settings() -> Vec<Row> {
    rows([
        set("a setting without a value", "seed", &["--set:1:1", "expected key.path=value"]),
        set("a setting of nothing", "seed=", &["--set:1:6", "expected a value"]),
        set("a setting of an unknown field", "network.nuerons=64", &["--set:1:9", "did you mean `neurons`?"]),
        set("a setting of an unknown variant", "task=Hoper", &["--set:1:6", "did you mean `Hopper`?"]),
        set("a setting out of range", "network.neurons=100", &["--set:1:17", "a multiple of 32"]),
        set("a setting below a single value", "seed.a.b=1", &["--set:1:6", "`seed` is a single value"]),
        set("a setting of two things", "seed=1)", &["--set:1:7", "after the end"]),
        set("a setting of many dots", &format!("{}=1", ".".repeat(50_000)), &["--set:1:1", "unknown field"]),
        set("a setting nested too deeply", &format!("seed={}", "(".repeat(50_000)), &["--set:1:", "nested too deeply"]),
        set("a number that is lost in 0", "algorithm.weight_decay=1e-320", &["--set:1:24", "cannot tell it from 0"]),
        set("a whole number beyond 32 bits", "evaluation.every=4294967296", &["--set:1:18", "1 to 4294967295"]),
        set(
            "more substeps than a step may have",
            "network.sim_time_ms=1e5",
            &["--set:1:21", "`network.sim_time_ms` = 100000.0", "at most 10000 substeps"],
        ),
        broken(
            "gains of weights that have none",
            &["inspect", "a.ron", "--set", "network=Gru(gain_in: 5)", "--set", "algorithm=Es()"],
            &["--set:1:22", "`network.gain_in` = 5.0 would have no effect", "weights: OneBit"],
        )
        .with("a.ron", CONFIG),
        broken(
            "what a reservoir does not hear",
            &["inspect", "arm_balance_gradient", "--set", "task.proprioception=true", "--set", "normaliser.clip=0.1"],
            &["`task.proprioception` = true would have no effect", "--set:1:17", "hears the angle alone", "--set:1:21"],
        ),
        broken(
            "a setting that a measurement ignores",
            &["bench", "a.ron", "--set", "stop.seconds=5"],
            &["--set:1:1", "gpu-ec bench cannot set `stop.seconds`", "--seconds S"],
        )
        .with("a.ron", CONFIG),
        broken(
            "a network for a rollout",
            &["rollout", "cartpole", "--random", "--out", "o.npz", "--set", "network.gain_out=9"],
            &["--set:1:1", "gpu-ec rollout cannot set `network.gain_out`"],
        ),
        broken("a device without a name", &["inspect", "a.ron", "--gpu", ""], &["no adapter matches name ``"])
            .with("a.ron", CONFIG),
        broken("a device without an address", &["inspect", "a.ron", "--gpu", "pci:"], &["no adapter matches pci:"])
            .with("a.ron", CONFIG),
        evaluated(
            "a seed that an evaluation ignores",
            "seed=5",
            &["--set:1:1", "gpu-ec eval cannot set `seed`", "--seed S"],
        ),
        evaluated("episodes that an evaluation ignores", "evaluation.episodes=4", &["--set:1:1", "take --episodes N"]),
        evaluated("another network", "network.gain_out=9", &["--set:1:1", "the network stays what it is"]),
        evaluated("another normaliser", "normaliser.clip=0.1", &["--set:1:1", "the network, which stays"]),
        evaluated("an algorithm", "algorithm.population=8", &["--set:1:1", "it takes task, device"]),
        evaluated("a misspelt field", "sede=5", &["--set:1:1", "did you mean `seed`?"]),
        // goes as far as the checkpoint: the run's curriculum does not count
        evaluated("episodes shorter than a curriculum's", "task.episode_length=50", &["best.safetensors"]),
        set("two fields that do not fit", "network.sim_time_ms=0.1", &["--set:1:21", "`network.dt_ms` = 0.5"]),
    ])
}

/// Robots that configurations name.
fn robots() -> Vec<Row> {
    let robot = "the robot `r.xml` cannot be used";
    let cases = rows([
        file("a named robot that is not there", own("r.xml"), &["a.ron:2:29", robot, "cannot be read"]),
        file("a folder for a robot", own("r.xml"), &["a.ron:2:29", robot, "it is a folder"])
            .file("r.xml", File::Folder),
        file("a robot with a mistake", own("r.xml"), &["a.ron:2:29", "r.xml:4:", "attribute `type`"])
            .with("r.xml", ROBOT.replace("\"slide\"", "\"ball\"")),
        file("a robot that includes what is outside", own("r.xml"), &["a.ron:2:29", "r.xml:1:18", "`../secret.xml`"])
            .with("r.xml", "<mujoco><include file='../secret.xml'/></mujoco>"),
        file("a robot without an end", own("r.xml"), &["a.ron:2:29", "r.xml: has more than 16 MiB"])
            .file("r.xml", File::Sparse(b"<mujoco>".to_vec(), 1 << 40)),
        file(
            "a list of eighty thousand rewards",
            own("r.xml").replace("xml\"", &format!("xml\", reward: [{}]", "Healthy(),".repeat(80_000))),
            &["a.ron:2:10047", "`task.reward` has 80000 items", "at most 1000"],
        )
        .with("r.xml", ROBOT),
        file(
            "an observation of nothing but the place that it leaves out",
            own("r.xml").replace("xml\"", "xml\", observation: [Positions(to: 1)]"),
            &["a.ron:2:", "`task.observation` has no number in it", "the network would see nothing"],
        )
        .with("r.xml", ROBOT.replace(" range=\"-1 1\"", "")),
        file(
            "an observation of a body that is not there",
            own("r.xml").replace("xml\"", "xml\", observation: [Upright(body: \"leg\")]"),
            &["a.ron:2:", "the robot has no body `leg`", "1 \"cart\""],
        )
        .with("r.xml", ROBOT),
    ]);
    let link = file(
        "a robot that includes a link out",
        own("r.xml"),
        &["a.ron:2:29", "r.xml:1:18", "leaves the robot's folder"],
    )
    .with("r.xml", "<mujoco><include file='link.xml'/></mujoco>")
    .file("link.xml", File::Link("/etc/passwd".into()));
    let pipe =
        file("a pipe for a robot", own("r.xml"), &["a.ron:2:29", robot, "it is not a file"]).file("r.xml", File::Pipe);
    [cases, if cfg!(unix) { vec![link, pipe] } else { vec![] }].concat()
}
