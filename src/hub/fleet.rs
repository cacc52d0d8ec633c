//! Runs on a hub and their machines, as a visitor sees them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Address, Answer, Charter, Hub, HubError, Round, Server, keys};

/// Account of a machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerStatus {
    /// `leader` or `worker`.
    pub role: String,
    /// Adapter on which it computes.
    pub adapter: String,
    /// Frames per second over its last slices.
    pub frames_per_s: f64,
    /// Slices that it has lived.
    pub slices: u64,
}

impl WorkerStatus {
    /// Counts slices that were lived in `took`.
    pub fn note(&mut self, answers: &[Answer], took: Duration) {
        let frames: u64 =
            answers.iter().flat_map(|answer| &answer.episodes).map(|record| u64::from(record.length)).sum();
        self.frames_per_s = frames as f64 / took.as_secs_f64().max(1e-9);
        self.slices += answers.len() as u64;
    }
}

/// A run on a hub.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunStatus {
    /// Name.
    pub run: String,
    /// Version of the leader's program.
    pub version: String,
    /// True if a leader is there.
    pub has_leader: bool,
    /// The open round, or the last one.
    pub round: Option<Round>,
    /// Generations that the run is to have.
    pub generations: Option<u32>,
    /// Slices that nobody has taken yet.
    pub waiting: u64,
    /// Slices that somebody holds.
    pub held: u64,
    /// Slices of the open round that are answered.
    pub answered: u64,
    /// Machines by name.
    pub machines: Vec<(String, WorkerStatus)>,
}

/// All that a hub tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FleetStatus {
    /// Memory that the server uses, bytes.
    pub server_bytes: Option<u64>,
    /// Runs by name.
    pub runs: Vec<RunStatus>,
}

impl FleetStatus {
    /// Asks the hub at `address` for all of its runs, or for `run` alone.
    pub fn ask(address: &Address, run: Option<&str>) -> Result<Self, HubError> {
        let mut server = Server::new(address, run.unwrap_or("none"), "visitor");
        let names = match run {
            Some(run) => vec![run.to_string()],
            None => names(&mut server)?,
        };
        let runs = names.iter().map(|run| status(address, run)).collect::<Result<Vec<_>, _>>()?;
        if let (Some(run), [only]) = (run, &runs[..])
            && only.version.is_empty()
        {
            return Err(HubError::Refused(format!(
                "{address}: there is no run `{run}`; `gpu-ec hub` lists those that are there"
            )));
        }
        let memory: Result<String, HubError> = server.ask(redis::cmd("INFO").arg("memory"));
        let bytes = |info: String| info.lines().find_map(|line| line.trim().strip_prefix("used_memory:")?.parse().ok());
        Ok(Self { server_bytes: memory.ok().and_then(bytes), runs })
    }
}

/// Returns the names of the runs on a server.
pub fn names(server: &mut Server) -> Result<Vec<String>, HubError> {
    let keys = scan(server, "ec:{*}:meta")?;
    let mut names: Vec<String> = keys.iter().filter_map(|key| keys::run_of(key)).map(String::from).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

impl Server {
    /// Returns the number of machines that say they are there.
    pub fn machines(&mut self) -> Result<usize, HubError> {
        let pattern = format!("{}*", self.keys().worker(""));
        Ok(scan(self, &pattern)?.len())
    }
}

fn scan(server: &mut Server, pattern: &str) -> Result<Vec<String>, HubError> {
    let (mut cursor, mut all) = (0u64, vec![]);
    loop {
        let mut command = redis::cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(1000);
        let (next, mut keys): (u64, Vec<String>) = server.ask(&command)?;
        all.append(&mut keys);
        cursor = next;
        if cursor == 0 {
            return Ok(all);
        }
    }
}

fn status(address: &Address, run: &str) -> Result<RunStatus, HubError> {
    let mut server = Server::new(address, run, "visitor");
    let keys = keys::Keys::of(run);
    let charter: Option<Charter> = server.charter()?;
    let round = server.round()?;
    let has_leader: bool = server.ask(redis::cmd("EXISTS").arg(keys.leader()))?;
    let length: u64 = server.ask(redis::cmd("XLEN").arg(keys.work()))?;
    let answered: u64 = server.ask(redis::cmd("XLEN").arg(keys.done()))?;
    let pending: Result<(u64, redis::Value, redis::Value, redis::Value), _> =
        server.ask(redis::cmd("XPENDING").arg(keys.work()).arg(keys::GROUP));
    let held = pending.map_or(0, |(held, ..)| held);
    let mut machines = vec![];
    let prefix = keys.worker("");
    for key in scan(&mut server, &format!("{prefix}*"))? {
        let text: Option<String> = server.ask(redis::cmd("GET").arg(&key))?;
        let status = text.and_then(|text| serde_json::from_str(&text).ok());
        if let (Some(status), Some(id)) = (status, key.strip_prefix(&prefix)) {
            machines.push((id.to_string(), status));
        }
    }
    machines.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(RunStatus {
        run: run.into(),
        version: charter.as_ref().map(|charter| charter.version.clone()).unwrap_or_default(),
        has_leader,
        round,
        generations: charter.as_ref().map(|charter| charter.generations),
        waiting: length.saturating_sub(held),
        held,
        answered,
        machines,
    })
}
