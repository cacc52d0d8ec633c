//! A real server of Valkey or Redis on this machine, a leader and workers, each started and ended by the test.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::program::{Run, gpu_ec};

/// Longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// A server; it ends with the test.
pub struct Hub {
    pub port: u16,
    folder: PathBuf,
    more: Vec<String>,
    child: Option<Child>,
}

fn program() -> &'static str {
    let is_there = |name: &&&str| Command::new(name).arg("--version").stdout(Stdio::null()).status().is_ok();
    let found = ["redis-server", "valkey-server"].iter().find(is_there);
    found.expect("no server: install redis-server or valkey-server (scripts/ensure-hub.sh)")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

impl Hub {
    /// Starts a server in `folder` that keeps all it is told, with `more` arguments.
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        let folder = folder.join("server");
        fs::create_dir_all(&folder).expect("a folder");
        let mut hub =
            Self { port: free_port(), folder, more: more.iter().map(|text| text.to_string()).collect(), child: None };
        hub.restart();
        hub
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills the server, without a word to anyone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().and_then(|()| child.wait()).expect("killed");
        }
    }

    pub fn restart(&mut self) {
        self.kill();
        let port = self.port.to_string();
        let folder = self.folder.to_str().expect("a plain path");
        let usual = ["--port", &port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
        let log = fs::File::create(self.folder.join("log")).expect("a log");
        let child =
            Command::new(program()).args(usual).args(&self.more).stdout(log).spawn().expect("the server starts");
        self.child = Some(child);
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begun.elapsed() < PATIENCE,
                "the server answers: {:?}",
                fs::read_to_string(self.folder.join("log"))
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn connect(&self) -> redis::Connection {
        let client = redis::Client::open(self.url()).expect("an address");
        let begun = Instant::now();
        loop {
            // a server that reads its log takes connections, but no commands
            let answers = client.get_connection().ok().filter(|_| begun.elapsed() < PATIENCE);
            if let Some(mut connection) = answers
                && redis::cmd("PING").query::<String>(&mut connection).is_ok()
            {
                return connection;
            }
            assert!(begun.elapsed() < PATIENCE, "the server answers");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut self.connect()).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A process of the program, with what it says; it ends with the test.
pub struct Machine {
    pub child: Child,
    pub said: PathBuf,
}

impl Machine {
    pub fn start(arguments: &[&str], said: PathBuf) -> Self {
        let log = fs::File::create(&said).expect("a log");
        let both = log.try_clone().expect("a log");
        let child = gpu_ec(arguments).stdout(log).stderr(both).env("LP_NUM_THREADS", "1").spawn();
        Self { child: child.expect("the program starts"), said }
    }

    pub fn worker(hub: &Hub, folder: &Path, name: &str) -> Self {
        Self::start(&["worker", "--hub", &hub.url(), "--run", "shared"], folder.join(name))
    }

    pub fn leader(hub: &Hub, run: &Run, folder: &Path, more: &[&str]) -> Self {
        let url = hub.url();
        let arguments = run.arguments(&[&["--hub", &url], more].concat());
        // what it says is of interest
        let arguments: Vec<&str> = arguments.into_iter().filter(|word| *word != "--quiet").collect();
        Self::start(&arguments, folder.join("leader"))
    }

    pub fn resumed(hub: &Hub, run: &Run, folder: &Path, more: &[&str]) -> Self {
        let url = hub.url();
        Self::start(&[&["run", "--resume", run.path(), "--hub", &url], more].concat(), folder.join("leader"))
    }

    pub fn words(&self) -> String {
        fs::read_to_string(&self.said).expect("a log")
    }

    pub fn wait(&mut self) -> i32 {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code().unwrap_or(-1);
            }
            assert!(begun.elapsed() < PATIENCE, "it ends: {}", self.words());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn succeed(&mut self) {
        let code = self.wait();
        assert_eq!(code, 0, "{}", self.words());
    }

    pub fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait().map(|_| ())).expect("killed");
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill");
        assert!(status.success(), "kill {signal}");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `is_so`.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}
