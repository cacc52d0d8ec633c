//! A row of the table: files, arguments, and what must be said.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// A file of a row.
#[derive(Clone)]
pub enum File {
    Bytes(Vec<u8>),
    Folder,
    /// These bytes, then zeros up to a length, which take no place on the disk.
    Sparse(Vec<u8>, u64),
    /// A pipe that nobody writes to.
    Pipe,
    /// A link to a path.
    Link(String),
}

/// A broken input and what the program must do with it, in a folder of its own that is the working directory.
#[derive(Clone)]
pub struct Row {
    pub name: &'static str,
    files: Vec<(String, File)>,
    arguments: Vec<String>,
    code: i32,
    parts: Vec<String>,
    longest: usize,
    seconds: f64,
}

/// A row that must end in exit code 2, and a message that holds all `parts`.
pub fn broken(name: &'static str, arguments: &[&str], parts: &[&str]) -> Row {
    let owned = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect();
    let (arguments, parts) = (owned(arguments), owned(parts));
    Row { name, files: vec![], arguments, code: 2, parts, longest: 8000, seconds: 60.0 }
}

/// Rows of a table.
pub fn rows(rows: impl IntoIterator<Item = Row>) -> Vec<Row> {
    rows.into_iter().collect()
}

impl Row {
    /// With a file of these bytes.
    pub fn with(self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.file(name, File::Bytes(bytes.into()))
    }

    pub fn file(mut self, name: &str, file: File) -> Self {
        self.files.push((name.into(), file));
        self
    }

    /// With another exit code.
    pub fn code(self, code: i32) -> Self {
        Self { code, ..self }
    }

    /// With another bound on the message, bytes.
    pub fn longest(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// With another bound on the time.
    pub fn seconds(self, seconds: f64) -> Self {
        Self { seconds, ..self }
    }

    /// What the program does wrong, if anything, with what it says.
    pub fn complaint(&self) -> Option<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let (work, streams) = (folder.path().join("work"), folder.path().join("streams"));
        [&work, &streams].into_iter().for_each(|path| fs::create_dir(path).expect("a folder"));
        self.files.iter().for_each(|(name, file)| write(&work.join(name), file));
        let code = self.run(&work, &streams);
        let read = |name: &str| fs::read(streams.join(name)).expect("a stream");
        let (out, message) = (read("out"), String::from_utf8_lossy(&read("err")).into_owned());
        let missing = self.parts.iter().find(|part| !message.contains(part.as_str()));
        let problem = match (code, missing) {
            (Ended::Late, _) => format!("it hangs: {} s have passed", self.seconds),
            _ if message.contains("panicked") => "it panics".into(),
            _ if !out.is_empty() => format!("{} bytes on standard output", out.len()),
            (Ended::With(code), _) if code != Some(self.code) => format!("exit code {code:?}, not {}", self.code),
            _ if message.len() > self.longest => format!("the message is {} bytes long", message.len()),
            (_, Some(part)) => format!("it does not say `{part}`"),
            _ => return None,
        };
        let said: String = message.chars().take(2000).collect();
        Some(format!("{}: {problem}\n  gpu-ec {}\n  {said}", self.name, self.arguments.join(" ")))
    }

    fn run(&self, work: &Path, streams: &Path) -> Ended {
        let stream = |name: &str| fs::File::create(streams.join(name)).expect("writable");
        let mut command = bounded();
        command.args(&self.arguments).current_dir(work).env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(stream("out")).stderr(stream("err"));
        let mut child = command.spawn().expect("the program starts");
        let started = Instant::now();
        loop {
            if started.elapsed() >= Duration::from_secs_f64(self.seconds) {
                child.kill().expect("killed");
                child.wait().expect("reaped");
                return Ended::Late;
            }
            if let Some(status) = child.try_wait().expect("a child") {
                return Ended::With(status.code());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

enum Ended {
    With(Option<i32>),
    Late,
}

/// The program, which may have 8 GiB of addresses (drivers take much and use little of it).
#[cfg(target_os = "linux")]
fn bounded() -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", "ulimit -v 8388608; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_gpu-ec")]);
    command
}

#[cfg(not(target_os = "linux"))]
fn bounded() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gpu-ec"))
}

fn write(path: &Path, file: &File) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    match file {
        File::Bytes(bytes) => fs::write(path, bytes).expect("writable"),
        File::Folder => fs::create_dir(path).expect("a folder"),
        File::Sparse(bytes, length) => {
            fs::write(path, bytes).expect("writable");
            fs::File::options().write(true).open(path).and_then(|file| file.set_len(*length)).expect("a sparse file");
        }
        File::Pipe => assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success(), "a pipe"),
        #[cfg(unix)]
        File::Link(target) => std::os::unix::fs::symlink(target, path).expect("a link"),
        #[cfg(not(unix))]
        File::Link(_) => unreachable!("rows with links are for Unix"),
    }
}
