//! Checkpoints and run directories.

use super::row::File;
use super::row::Row;
use super::row::broken;
use super::row::rows;
use crate::support::sound;
use crate::support::sound::CONFIG;
use crate::support::sound::sealed;

/// A run directory with this checkpoint, which `gpu-ec run --resume` refuses.
fn resumed(name: &'static str, checkpoint: &[u8], parts: &[&str]) -> Row {
    let parts = [&["run/checkpoints/gen-000007.safetensors: "], parts].concat();
    let row = broken(name, &["run", "--quiet", "--resume", "run"], &parts);
    sound::run_dir(checkpoint).into_iter().fold(row, |row, (name, bytes)| row.with(&name, bytes))
}

/// A lone checkpoint, which `gpu-ec eval` refuses.
fn lone(name: &'static str, checkpoint: impl Into<Vec<u8>>, parts: &[&str]) -> Row {
    broken(name, &["eval", "c.safetensors"], &[&["c.safetensors"], parts].concat()).with("c.safetensors", checkpoint)
}

/// The bytes of a header's length, the header, and what follows.
fn file(header: &str, rest: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), rest].concat()
}

/// The checkpoint with a piece of its header, which is there, replaced by one of the same length, and sealed anew.
fn edited(checkpoint: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "the header keeps its length");
    let mut file = checkpoint.to_vec();
    let at = file.windows(from.len()).position(|bytes| bytes == from.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{from} is in the file"));
    file[at..at + to.len()].copy_from_slice(to.as_bytes());
    sealed(file)
}

pub fn table() -> Vec<Row> {
    let checkpoint = sound::checkpoint(true);
    [cut(&checkpoint), foreign(&checkpoint), headers(&checkpoint), notes(&checkpoint), directories(&checkpoint)]
        .concat()
}

fn cut(sound: &[u8]) -> Vec<Row> {
    let tensors = 8 + u64::from_le_bytes(sound[..8].try_into().expect("8 bytes")) as usize;
    let flipped = |at: usize| {
        let mut file = sound.to_vec();
        file[at] ^= 4;
        file
    };
    rows([
        lone("an empty checkpoint", "", &["not a checkpoint, or cut off"]),
        lone("a checkpoint of five bytes", &sound[..5], &["not a checkpoint, or cut off"]),
        lone("a checkpoint cut in its header", &sound[..300], &["not a checkpoint, or cut off"]),
        lone("a checkpoint without tensors", &sound[..tensors], &["damaged", "0 follow its header"]),
        resumed("a checkpoint without its last byte", &sound[..sound.len() - 1], &["damaged", "there is no older one"]),
        lone("a checkpoint and one byte more", [sound, b"x"].concat(), &["damaged", "tensors"]),
        broken(
            "a checkpoint made a terabyte long",
            &["eval", "c.safetensors"],
            &["c.safetensors", "damaged", "1099511"],
        )
        .file("c.safetensors", File::Sparse(sound.to_vec(), 1 << 40)),
        resumed("a flipped bit in a tensor", &flipped(tensors + 100), &["damaged", "checksum"]),
        lone("a flipped bit in the header", flipped(200), &["damaged"]),
        lone("a flipped bit in the length", flipped(1), &["c.safetensors"]),
    ])
}

fn foreign(sound: &[u8]) -> Vec<Row> {
    let one = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    rows([
        lone(
            "a length beyond the file",
            file("", &[]).into_iter().map(|_| 0xff).collect::<Vec<u8>>(),
            &["not a checkpoint"],
        ),
        broken(
            "a header of a gigabyte",
            &["eval", "c.safetensors"],
            &["c.safetensors", "header would have 1073741824 bytes"],
        )
        .file("c.safetensors", File::Sparse((1u64 << 30).to_le_bytes().to_vec(), 1 << 40)),
        lone("a header of brackets", file(&"[".repeat(1 << 19), &[]), &["not a checkpoint of gpu-ec"]),
        lone("safetensors of another program", file(one, &[0; 4]), &["not a checkpoint of gpu-ec"]),
        lone("tensors that overlap", edited(sound, "data_offsets\":[0,", "data_offsets\":[8,"), &["not a checkpoint"]),
        lone("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".repeat(20), &["not a checkpoint"]),
        lone(
            "an older version",
            edited(sound, "format_version\":\"4", "format_version\":\"2"),
            &["format version is 2", "reads 4 and 3"],
        ),
        lone(
            "a newer version",
            edited(sound, "format_version\":\"4", "format_version\":\"9"),
            &["format version is 9", "reads 4 and 3"],
        ),
    ])
}

/// Their checksum is right.
fn headers(sound: &[u8]) -> Vec<Row> {
    let entry = |from: &str, to: &str| edited(sound, from, to);
    rows([
        resumed("another seed", &entry(r#""seed":"0""#, r#""seed":"9""#), &["seed 9", "put config.ron back: seed: 9"]),
        resumed("another population", &entry("population: 300", "population: 301"), &["algorithm", "301", "300"]),
        resumed("a tensor that is not there", &entry("\"rho.output\"", "\"rho.outpux\""), &["`rho.output` is missing"]),
        lone("a number in words", entry(r#""frames":"1234""#, r#""frames":"many""#), &["`frames` cannot be many"]),
        lone("no generation", entry(r#""generation":"#, r#""generatiom":"#), &["`generation` is missing"]),
        lone("a configuration that is none", entry("Rsnn(", "Rsnm("), &["network", "did you mean `Rsnn`?"]),
        lone(
            "a configuration that ends early",
            entry("CartPole(", "CartPole)"),
            &["c.safetensors:", "`task` is not one value"],
        ),
        lone(
            "another task's identifier",
            sound::with_entries(sound, &[("task_id", "hopper@1")]),
            &["`task_id` is hopper@1"],
        ),
        lone(
            "a setting in the seed",
            sound::with_entries(sound, &[("seed", "0, generations: 5")]),
            &["`seed` is not one value"],
        ),
        lone(
            "a setting of its own",
            sound::with_entries(sound, &[("stop", "(frames: 1)")]),
            &["entry `stop`", "no run writes"],
        ),
        resumed("episodes of no member", &member(sound, 300), &["episodes are not those of 300 members"]),
    ])
}

/// The checkpoint whose first member that has lived is another one.
fn member(sound: &[u8], member: u32) -> Vec<u8> {
    let (length, metadata) = safetensors::SafeTensors::read_metadata(sound).expect("sound");
    let start = 8 + length + metadata.info("open.member").expect("there").data_offsets.0;
    let mut file = sound.to_vec();
    file[start..start + 4].copy_from_slice(&member.to_le_bytes());
    sealed(file)
}

/// A run that was begun, with one more file, which `gpu-ec run --resume` refuses.
fn begun(name: &'static str, (path, file): (&str, File), parts: &[&str], sound: &[u8]) -> Row {
    let row = broken(name, &["run", "--quiet", "--resume", "run"], &[&[path], parts].concat());
    let others = sound::run_dir(sound).into_iter().filter(|(name, _)| name != path);
    others.fold(row, |row, (name, bytes)| row.with(&name, bytes)).file(path, file)
}

/// Files that a run keeps for itself.
fn notes(sound: &[u8]) -> Vec<Row> {
    let text = |bytes: &[u8]| File::Bytes(bytes.to_vec());
    let (metrics, adapters) = ("run/metrics.jsonl", "run/adapters.jsonl");
    let endless = || File::Sparse(vec![], 1 << 40);
    let cases = rows([
        begun("metrics that end within a line", (metrics, text(b"{\n{}\n")), &["run/metrics.jsonl:1: "], sound),
        begun("metrics of rubbish", (metrics, text(&[0xff, b'\n', b'x'])), &["run/metrics.jsonl:1: "], sound),
        begun("metrics without an end", (metrics, endless()), &["run/metrics.jsonl:1: ", "65536 bytes"], sound),
        begun("metrics that are a folder", (metrics, File::Folder), &["it is a folder"], sound).code(1),
        begun("adapters of rubbish", (adapters, text(&[0xff])), &["UTF-8", "move it away"], sound),
        begun("adapters without an end", (adapters, endless()), &["1048576 bytes", "move it away"], sound),
        begun(
            "a checkpoint under another name",
            ("run/checkpoints/gen-000009.safetensors", text(sound)),
            &["its header says generation 7, its name 9", "move away gen-000009.safetensors and resume again"],
            sound,
        )
        .with(metrics, sound::metrics(9)),
        sound::run_dir(sound)
            .into_iter()
            .filter(|(name, _)| name != metrics)
            .fold(
                broken(
                    "metrics that end early",
                    &["run", "--quiet", "--resume", "run"],
                    &["run cannot be resumed", "metrics.jsonl ends after 6 generations", "--out NEW_FOLDER"],
                ),
                |row, (name, bytes)| row.with(&name, bytes),
            )
            .with(metrics, sound::metrics(6)),
    ]);
    let pipe = |name, path| begun(name, (path, File::Pipe), &["it is not a file"], sound);
    let pipes = || vec![pipe("metrics that are a pipe", metrics).code(1), pipe("adapters that are a pipe", adapters)];
    [cases, if cfg!(unix) { pipes() } else { vec![] }].concat()
}

fn directories(sound: &[u8]) -> Vec<Row> {
    let resume = ["run", "--quiet", "--resume", "run"];
    let replay = ["rollout", "--replay", "run", "--out", "o.npz"];
    let from = ["run", "a.ron", "--out", "new", "--from"];
    let policy = ["rollout", "--policy", "c.safetensors", "--out", "o.npz"];
    rows([
        broken("no run directory", &["run", "--resume", "run"], &["run is not a run directory"]),
        broken("a file as a run directory", &["run", "--resume", "run"], &["run is not a run directory"])
            .with("run", ""),
        broken("nothing to evaluate", &["eval", "none"], &["no run directory or checkpoint none"]),
        broken(
            "a folder as a checkpoint",
            &["run", "--quiet", "--resume", "run"],
            &["gen-000007.safetensors: it is not a file"],
        )
        .with("run/config.ron", sound::plan().0.to_ron())
        .with("run/metrics.jsonl", sound::metrics(7))
        .file("run/checkpoints/gen-000007.safetensors", File::Folder),
        broken("a run of which only its configuration is left", &resume, &["nothing of its run is there", "--out"])
            .with("run/config.ron", CONFIG),
        broken("no checkpoint to begin from", &[&from[..], &["none"]].concat(), &["--from: there is no file none"])
            .with("a.ron", CONFIG),
        broken("half a checkpoint to begin from", &[&from[..], &["c"]].concat(), &["c: it is damaged"])
            .with("a.ron", CONFIG)
            .with("c", &sound[..sound.len() / 2]),
        broken("half a checkpoint to roll out", &policy, &["c.safetensors: it is damaged"])
            .with("c.safetensors", &sound[..sound.len() / 2]),
        broken("a broken note of the first broken member", &replay, &["run/nonfinite.json: ", "line 1"])
            .with("run/config.ron", CONFIG)
            .with("run/nonfinite.json", "{\"generation\": -1}"),
        broken("an endless note of the first broken member", &replay, &["run/nonfinite.json: ", "65536 bytes"])
            .with("run/config.ron", CONFIG)
            .file("run/nonfinite.json", File::Sparse(b"{".to_vec(), 1 << 40)),
        broken("a first broken member that never lived", &replay, &["run/nonfinite.json: ", "lived 0 steps"])
            .with("run/config.ron", CONFIG)
            .with(
                "run/nonfinite.json",
                r#"{"generation":0,"member":0,"seed":0,"episode_cap":9,"steps":0,"key_start":[0,0],"key_membrane":[0,0],"checkpoint":"c"}"#,
            ),
        broken("a file where checkpoints go", &[&from[..4], &["--from", "c"]].concat(), &["c: ", "not a checkpoint"])
            .with("a.ron", CONFIG)
            .with("c", "rubbish"),
    ])
}
