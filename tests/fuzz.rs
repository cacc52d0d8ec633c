//! Damaged files through every reader, thousands a second: none may panic, take long, or hold memory out of proportion
//! to the file. The same seed gives the same files; what fails is kept in a file, and named.
//!
//! `GPU_EC_FUZZ_SECONDS` a reader, `GPU_EC_FUZZ_SEED` for other files.

#[path = "support/counting.rs"]
mod counting;
#[path = "support/mutate.rs"]
mod mutate;
#[path = "fuzz/readers.rs"]
mod readers;
#[path = "support/sound.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod sound;

use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    time::{Duration, Instant},
};

use counting::{Counting, watched};
use mutate::{Random, damage};
use readers::Reader;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// For each reader.
const SECONDS: f64 = 10.0;
/// For one file.
const SLOWEST: Duration = Duration::from_secs(5);

/// What came of all files of a reader.
#[derive(Default)]
struct Tally {
    executions: u64,
    accepted: u64,
    most_bytes: usize,
    slowest: Duration,
}

/// A number of the environment.
fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} cannot be {text}")))
}

/// File number `execution` of a reader.
fn file(reader: &Reader, (seed, number): (u32, u32), execution: u64) -> Vec<u8> {
    let mut random = Random::new(seed, number, execution);
    let sound = &reader.seeds[random.below(reader.seeds.len())];
    let mut bytes = sound.clone();
    let other = &reader.seeds[random.below(reader.seeds.len())];
    damage(&mut bytes, &reader.words, other, &mut random);
    match reader.seal {
        Some(seal) if random.below(2) == 0 => seal(bytes, sound),
        _ => bytes,
    }
}

/// Reads one file. Errors: what the reader did wrong.
fn execute(reader: &Reader, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let started = Instant::now();
    let (result, held) = watched(|| catch_unwind(AssertUnwindSafe(|| (reader.read)(bytes))));
    let time = started.elapsed();
    let accepted = result.map_err(|_| "it panics".to_string())?;
    tally.executions += 1;
    tally.accepted += u64::from(accepted);
    tally.most_bytes = tally.most_bytes.max(held);
    tally.slowest = tally.slowest.max(time);
    let most = (reader.most_bytes)(bytes.len());
    match () {
        () if time > SLOWEST => Err(format!("it takes {time:?}")),
        () if held > most => Err(format!("it holds {held} bytes for a file of {}, not {most}", bytes.len())),
        () => Ok(()),
    }
}

/// Runs a reader on damaged files for `seconds`. Errors: the first wrong one, with where it is kept.
fn fuzz(reader: &Reader, (seed, number): (u32, u32), seconds: f64) -> Result<Tally, String> {
    let (mut tally, started) = (Tally::default(), Instant::now());
    for bytes in &reader.seeds {
        execute(reader, bytes, &mut tally).map_err(|problem| format!("{}: a sound file: {problem}", reader.name))?;
    }
    if tally.accepted != tally.executions {
        return Err(format!("{}: {} of {} sound files are taken", reader.name, tally.accepted, tally.executions));
    }
    for execution in 0.. {
        if started.elapsed().as_secs_f64() >= seconds {
            break;
        }
        let bytes = file(reader, (seed, number), execution);
        execute(reader, &bytes, &mut tally).map_err(|problem| {
            let kept = kept(reader.name, &bytes);
            format!("{}: {problem}: execution {execution} of seed {seed}, kept as {}", reader.name, kept.display())
        })?;
    }
    Ok(tally)
}

/// Where a file that does harm is written.
fn kept(reader: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("gpu-ec-fuzz-{reader}-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("writable");
    path
}

/// One test, so that nothing else allocates or takes time meanwhile.
#[test]
fn damaged_files_do_no_harm() {
    let seconds = setting("GPU_EC_FUZZ_SECONDS").unwrap_or(SECONDS);
    let seed = setting("GPU_EC_FUZZ_SEED").unwrap_or(0);
    a_harmful_reader_is_caught();
    let mut problems = vec![];
    for (number, reader) in (0..).zip(readers::all()) {
        let tally = match fuzz(&reader, (seed, number), seconds) {
            Ok(tally) => tally,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let Tally { executions, accepted, most_bytes, slowest } = tally;
        let refused = executions - accepted;
        // Written past the capture of tests, so that every run of them shows it.
        let line = format!(
            "fuzz: {}: {executions} files, {accepted} taken, {refused} refused; at most {most_bytes} bytes held, {slowest:.1?} for one\n",
            reader.name
        );
        std::io::stderr().write_all(line.as_bytes()).expect("standard error");
        assert!(accepted > executions / 100 && refused > executions / 100, "{line}: both are tried");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Readers that do what none may, and a clean one.
fn a_harmful_reader_is_caught() {
    let of = |read: fn(&[u8]) -> bool| Reader {
        name: "harmful",
        seeds: vec![b"(seed: 1)".to_vec()],
        words: vec!["seed"],
        seal: None,
        read: Box::new(read),
        most_bytes: |length| 1000 + length,
    };
    let mut silent = Tally::default();
    assert_eq!(execute(&of(|_| true), b"", &mut silent), Ok(()), "a clean reader");
    let greedy = execute(&of(|_| std::hint::black_box(vec![1u8; 100_000]).len() > 1), b"", &mut silent);
    assert!(greedy.is_err_and(|problem| problem.contains("holds 100000 bytes")), "memory");
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let panics = fuzz(&of(|bytes| bytes[..4] == *b"(see"), (0, 0), 5.0);
    std::panic::set_hook(hook);
    let problem = panics.err().expect("a file of less than four bytes, or a sound one that is refused");
    assert!(problem.starts_with("harmful: "), "{problem}");
}
